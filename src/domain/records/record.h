// Record: a table of the members of a JSON object. It names each member once, with the field that
// it is read into and written from.
//
// clang-format off
//     constexpr auto kGroupRecord = RecordOf<Group>(       // {"Name":"a","Created":1,"Precedence":5}
//         Member("Name", &Group::name),
//         Member("Created", &Group::created_millis),
//         Sparse("Precedence", &Group::precedence));       // not written where it is empty
//     Group group = kGroupRecord.Read(object);
//     json::object object = kGroupRecord.Write(group);     // members in the table's order
// clang-format on
//
// Reading never fails: a member that is absent or of another type gives its fallback, which is the
// type's zero value ("", 0, false, empty) unless the table names another one. To distinguish a
// damaged member from an absent one, read it into an optional.
#pragma once

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace sallyport::domain {

// How fields of a type are read from a JSON value, and written. Where the value is of another type,
// Read leaves `field` as it is and gives false.
template <typename V>
struct Codec;

template <>
struct Codec<std::string> {
  static bool Read(const boost::json::value& value, std::string& field) {
    const boost::json::string* text = value.if_string();
    if (text != nullptr) field.assign(text->data(), text->size());
    return text != nullptr;
  }
  static boost::json::value Write(const std::string& field) { return boost::json::value(field); }
};

// Whole numbers are int64 in JSON, whatever the type of the field.
template <typename V>
requires(std::is_integral_v<V> && !std::is_same_v<V, bool>) struct Codec<V> {
  static bool Read(const boost::json::value& value, V& field) {
    boost::system::error_code error;
    const auto number = value.to_number<int64_t>(error);
    if (!error) field = static_cast<V>(number);
    return !error;
  }
  static boost::json::value Write(V field) { return static_cast<int64_t>(field); }
};

template <>
struct Codec<bool> {
  static bool Read(const boost::json::value& value, bool& field) {
    const bool* flag = value.if_bool();
    if (flag != nullptr) field = *flag;
    return flag != nullptr;
  }
  static boost::json::value Write(bool field) { return field; }
};

template <>
struct Codec<boost::json::object> {
  static bool Read(const boost::json::value& value, boost::json::object& field) {
    const boost::json::object* object = value.if_object();
    if (object != nullptr) field = *object;
    return object != nullptr;
  }
  static boost::json::value Write(const boost::json::object& field) { return field; }
};

template <>
struct Codec<boost::json::array> {
  static bool Read(const boost::json::value& value, boost::json::array& field) {
    const boost::json::array* array = value.if_array();
    if (array != nullptr) field = *array;
    return array != nullptr;
  }
  static boost::json::value Write(const boost::json::array& field) { return field; }
};

// Any JSON value.
template <>
struct Codec<boost::json::value> {
  static bool Read(const boost::json::value& value, boost::json::value& field) {
    field = value;
    return true;
  }
  static boost::json::value Write(const boost::json::value& field) { return field; }
};

template <typename V>
struct Codec<std::optional<V>> {
  static bool Read(const boost::json::value& value, std::optional<V>& field) {
    V read{};
    if (!Codec<V>::Read(value, read)) return false;
    field = std::move(read);
    return true;
  }
  static boost::json::value Write(const std::optional<V>& field) {
    return field ? Codec<V>::Write(*field) : boost::json::value();
  }
};

// Items of another type are left out.
template <typename V>
struct Codec<std::vector<V>> {
  static bool Read(const boost::json::value& value, std::vector<V>& field) {
    const boost::json::array* array = value.if_array();
    if (array == nullptr) return false;
    field.clear();
    field.reserve(array->size());
    for (const boost::json::value& item : *array) {
      V read{};
      if (Codec<V>::Read(item, read)) field.push_back(std::move(read));
    }
    return true;
  }
  static boost::json::value Write(const std::vector<V>& field) {
    boost::json::array array;
    array.reserve(field.size());
    for (const V& item : field) array.push_back(Codec<V>::Write(item));
    return array;
  }
};

using TextMap = std::map<std::string, std::string, std::less<>>;
template <>
struct Codec<TextMap> {
  static bool Read(const boost::json::value& value, TextMap& field) {
    const boost::json::object* object = value.if_object();
    if (object == nullptr) return false;
    field.clear();
    for (const auto& [name, item] : *object) {
      if (const boost::json::string* text = item.if_string()) {
        field.emplace(std::string(name), std::string(*text));
      }
    }
    return true;
  }
  static boost::json::value Write(const TextMap& field) {
    boost::json::object object;
    object.reserve(field.size());
    for (const auto& [name, text] : field) object.emplace(name, text);
    return object;
  }
};

// A member that is read into, and written from, the field `at`.
template <typename T, typename V, typename F>
struct FieldOr {
  std::string_view name;
  V T::*at;
  F fallback;

  void Read(const boost::json::object& object, T& record) const {
    const boost::json::value* value = object.if_contains(name);
    if (value == nullptr || !Codec<V>::Read(*value, record.*at)) record.*at = V(fallback);
  }
  void Write(const T& record, boost::json::object& object) const {
    object.emplace(name, Codec<V>::Write(record.*at));
  }
};
template <typename T, typename V, typename F>
constexpr FieldOr<T, V, F> Member(std::string_view name, V T::*at, F fallback) {
  return {name, at, fallback};
}

// The same, with the type's zero value as the fallback.
template <typename T, typename V>
struct FieldOf {
  std::string_view name;
  V T::*at;

  void Read(const boost::json::object& object, T& record) const {
    const boost::json::value* value = object.if_contains(name);
    if (value == nullptr || !Codec<V>::Read(*value, record.*at)) record.*at = V();
  }
  void Write(const T& record, boost::json::object& object) const {
    object.emplace(name, Codec<V>::Write(record.*at));
  }
};
template <typename T, typename V>
constexpr FieldOf<T, V> Member(std::string_view name, V T::*at) {
  return {name, at};
}

// A member that is not written where the field equals V().
template <typename T, typename V>
struct SparseFieldOf : FieldOf<T, V> {
  void Write(const T& record, boost::json::object& object) const {
    if (!(record.*this->at == V())) FieldOf<T, V>::Write(record, object);
  }
};
template <typename T, typename V>
constexpr SparseFieldOf<T, V> Sparse(std::string_view name, V T::*at) {
  return {{name, at}};
}

// A member that earlier versions did not write. Where it is absent, the value of the field `other`
// is used.
template <typename T, typename V>
struct FieldOrOther : FieldOf<T, V> {
  std::string_view other;

  void Read(const boost::json::object& object, T& record) const {
    FieldOf<T, V>{object.contains(this->name) ? this->name : other, this->at}.Read(object, record);
  }
};
template <typename T, typename V>
constexpr FieldOrOther<T, V> MemberOr(std::string_view name, V T::*at, std::string_view other) {
  return {{name, at}, other};
}

// A member that is used only where the members before it have left the field equal to V(). For
// reading only.
template <typename T, typename V>
struct OtherFieldOf : FieldOf<T, V> {
  void Read(const boost::json::object& object, T& record) const {
    if (record.*this->at == V()) FieldOf<T, V>::Read(object, record);
  }
};
template <typename T, typename V>
constexpr OtherFieldOf<T, V> OrElse(std::string_view name, V T::*at) {
  return {{name, at}};
}

// The values of an enumeration with the words that stand for them.
template <typename V, size_t N>
using WordTable = std::array<std::pair<std::string_view, V>, N>;

// A member whose value is one of the words of a table.
template <typename T, typename V, size_t N>
struct WordOf {
  std::string_view name;
  V T::*at;
  const WordTable<V, N>& words;
  V fallback;

  void Read(const boost::json::object& object, T& record) const {
    record.*at = fallback;
    const boost::json::value* value = object.if_contains(name);
    const boost::json::string* text = value != nullptr ? value->if_string() : nullptr;
    if (text == nullptr) return;
    for (const auto& [word, meaning] : words) {
      if (std::string_view(*text) == word) record.*at = meaning;
    }
  }
  void Write(const T& record, boost::json::object& object) const {
    for (const auto& [word, meaning] : words) {
      if (record.*at == meaning) object.emplace(name, word);
    }
  }
};
template <typename T, typename V, size_t N>
constexpr WordOf<T, V, N> Word(std::string_view name, V T::*at, const WordTable<V, N>& words,
                               V fallback = V()) {
  return {name, at, words, fallback};
}

// A member whose value is one of the words of a table, and that is not written where the field
// equals V().
template <typename T, typename V, size_t N>
struct SparseWordOf : WordOf<T, V, N> {
  void Write(const T& record, boost::json::object& object) const {
    if (!(record.*this->at == V())) WordOf<T, V, N>::Write(record, object);
  }
};
template <typename T, typename V, size_t N>
constexpr SparseWordOf<T, V, N> SparseWord(std::string_view name, V T::*at,
                                           const WordTable<V, N>& words) {
  return {{name, at, words, V()}};
}

// A set of values of an enumeration that has at most 32.
template <typename E>
class SetOf {
 public:
  constexpr bool Has(E value) const { return (bits_ & Bit(value)) != 0; }
  constexpr void Add(E value) { bits_ |= Bit(value); }
  constexpr bool empty() const { return bits_ == 0; }
  // Whether the set has a value other than `value`.
  constexpr bool HasOtherThan(E value) const { return (bits_ & ~Bit(value)) != 0; }
  constexpr bool operator==(const SetOf&) const = default;

 private:
  static constexpr uint32_t Bit(E value) { return uint32_t{1} << static_cast<unsigned>(value); }
  uint32_t bits_ = 0;
};

// A member that is a list of words. A word that is not in the table is read as `unknown`, so that a
// list of unknown words is not taken for an empty list. For reading only.
template <typename T, typename E, size_t N>
struct WordSetOf {
  std::string_view name;
  SetOf<E> T::*at;
  const WordTable<E, N>& words;
  E unknown;

  void Read(const boost::json::object& object, T& record) const {
    record.*at = {};
    const boost::json::value* value = object.if_contains(name);
    const boost::json::array* array = value != nullptr ? value->if_array() : nullptr;
    if (array == nullptr) return;
    for (const boost::json::value& item : *array) {
      const boost::json::string* text = item.if_string();
      E meaning = unknown;
      for (const auto& [word, known] : words) {
        if (text != nullptr && std::string_view(*text) == word) meaning = known;
      }
      (record.*at).Add(meaning);
    }
  }
};
template <typename T, typename E, size_t N>
constexpr WordSetOf<T, E, N> WordSet(std::string_view name, SetOf<E> T::*at,
                                     const WordTable<E, N>& words, E unknown) {
  return {name, at, words, unknown};
}

template <typename T, typename... Members>
class Record {
 public:
  constexpr explicit Record(Members... members) : members_(members...) {}

  T Read(const boost::json::object& object) const {
    T record{};
    ReadInto(object, record);
    return record;
  }
  // Fields that no row names stay as they are.
  void ReadInto(const boost::json::object& object, T& record) const {
    std::apply([&](const auto&... member) { (member.Read(object, record), ...); }, members_);
  }
  boost::json::object Write(const T& record) const {
    boost::json::object object;
    object.reserve(sizeof...(Members));
    WriteInto(record, object);
    return object;
  }
  // Replaces members of `object`. A member that is not written, because its field is empty, stays
  // as it is.
  void Replace(const T& record, boost::json::object& object) const {
    for (auto& member : Write(record)) object[member.key()] = std::move(member.value());
  }
  // `object` must not have any of the members yet.
  void WriteInto(const T& record, boost::json::object& object) const {
    std::apply([&](const auto&... member) { (member.Write(record, object), ...); }, members_);
  }

 private:
  std::tuple<Members...> members_;
};
template <typename T, typename... Members>
constexpr Record<T, Members...> RecordOf(Members... members) {
  return Record<T, Members...>(members...);
}

// A member that is an object with a table of its own. Absent or empty: V().
template <typename T, typename V, typename R>
struct PartOf {
  std::string_view name;
  V T::*at;
  R record;

  void Read(const boost::json::object& object, T& whole) const {
    const boost::json::value* value = object.if_contains(name);
    const boost::json::object* part = value != nullptr ? value->if_object() : nullptr;
    whole.*at = part != nullptr && !part->empty() ? record.Read(*part) : V();
  }
  void Write(const T& whole, boost::json::object& object) const {
    object.emplace(name, record.Write(whole.*at));
  }
};
template <typename T, typename V, typename R>
constexpr PartOf<T, V, R> Part(std::string_view name, V T::*at, R record) {
  return {name, at, record};
}

// A member that is a list of such objects.
template <typename T, typename V, typename R>
struct PartsOf {
  std::string_view name;
  std::vector<V> T::*at;
  R record;

  void Read(const boost::json::object& object, T& whole) const {
    (whole.*at).clear();
    const boost::json::value* value = object.if_contains(name);
    const boost::json::array* parts = value != nullptr ? value->if_array() : nullptr;
    if (parts == nullptr) return;
    (whole.*at).reserve(parts->size());
    for (const boost::json::value& item : *parts) {
      if (const boost::json::object* part = item.if_object()) {
        (whole.*at).push_back(record.Read(*part));
      }
    }
  }
  void Write(const T& whole, boost::json::object& object) const {
    boost::json::array parts;
    parts.reserve((whole.*at).size());
    for (const V& part : whole.*at) parts.push_back(record.Write(part));
    object.emplace(name, std::move(parts));
  }
};
template <typename T, typename V, typename R>
constexpr PartsOf<T, V, R> Parts(std::string_view name, std::vector<V> T::*at, R record) {
  return {name, at, record};
}

// A field with a table of its own whose members are in the same object.
template <typename T, typename V, typename R>
struct InlineOf {
  V T::*at;
  R record;

  void Read(const boost::json::object& object, T& whole) const {
    record.ReadInto(object, whole.*at);
  }
  void Write(const T& whole, boost::json::object& object) const {
    record.WriteInto(whole.*at, object);
  }
};
template <typename T, typename V, typename R>
constexpr InlineOf<T, V, R> Inline(V T::*at, R record) {
  return {at, record};
}

// Members of an object within the object. For reading only.
template <typename... Members>
struct WithinOf {
  std::string_view name;
  std::tuple<Members...> members;

  template <typename T>
  void Read(const boost::json::object& object, T& record) const {
    static const boost::json::object none;
    const boost::json::value* value = object.if_contains(name);
    const boost::json::object* inner = value != nullptr ? value->if_object() : nullptr;
    std::apply(
        [&](const auto&... member) {
          (member.Read(inner != nullptr ? *inner : none, record), ...);
        },
        members);
  }
};
template <typename... Members>
constexpr WithinOf<Members...> Within(std::string_view name, Members... members) {
  return {name, {members...}};
}

// Members that are written only where the record fulfils a condition.
template <typename T, typename... Members>
struct WrittenWhere {
  bool (*is_so)(const T&);
  std::tuple<Members...> members;

  void Read(const boost::json::object& object, T& record) const {
    std::apply([&](const auto&... member) { (member.Read(object, record), ...); }, members);
  }
  void Write(const T& record, boost::json::object& object) const {
    if (!is_so(record)) return;
    std::apply([&](const auto&... member) { (member.Write(record, object), ...); }, members);
  }
};
template <typename T, typename... Members>
constexpr WrittenWhere<T, Members...> Where(bool (*is_so)(const T&), Members... members) {
  return {is_so, {members...}};
}

}  // namespace sallyport::domain
