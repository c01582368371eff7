// The base of the generated classes in "operations_model/inputs.h". Such a class is a view of an
// Operation's input; its functions are named after the members in the model.
//
// A view refers to a JSON object that satisfies the model (operations/dispatch/validate.h). It
// copies nothing, and is valid as long as the object exists. A member that is misspelt, or that the
// operation does not have, does not compile; a number or flag that may be absent can be read only
// by saying what it then is. Members that the model requires are present; if one is not, the object
// was not validated, and an exception is thrown.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace sallyport::operations::api {

// The index of `text` in `words`; nullopt where it is not one of them.
std::optional<size_t> PlaceOf(std::string_view text, std::span<const std::string_view> words);

// For each enumeration, `Words(E)` is generated: the spelling of the values, in their order.
template <typename E>
std::optional<E> Enumerator(std::string_view text) {
  const std::optional<size_t> place = PlaceOf(text, Words(E{}));
  if (!place) return std::nullopt;
  return static_cast<E>(*place);
}
template <typename E>
constexpr std::string_view Word(E value) {
  return Words(value)[static_cast<size_t>(value)];
}

// A key of one of AWS's maps of strings (AuthParameters), and its value; empty: not given.
struct Parameter {
  std::string_view name;
  std::string_view value;
};

template <typename T>
class List;

class View {
 public:
  // The object itself, for something that is stored or passed on as it was given.
  const boost::json::object& json() const { return *object_; }

 protected:
  explicit View(const boost::json::object& object) : object_(&object) {}

  bool Has(std::string_view name) const { return object_->contains(name); }
  std::string_view Text(std::string_view name) const;  // empty: absent
  std::string_view RequiredText(std::string_view name) const;
  int64_t Integer(std::string_view name, int64_t otherwise) const;
  int64_t RequiredInteger(std::string_view name) const;
  bool Flag(std::string_view name, bool otherwise) const;
  bool RequiredFlag(std::string_view name) const;
  std::optional<double> Seconds(std::string_view name) const;
  double RequiredSeconds(std::string_view name) const;
  const boost::json::value* Document(std::string_view name) const;  // nullptr: absent
  const boost::json::object* Map(std::string_view name) const;      // nullptr: absent
  const boost::json::object& RequiredMap(std::string_view name) const;
  const boost::json::object& MapOrEmpty(std::string_view name) const;
  const boost::json::array* Array(std::string_view name) const;  // nullptr: absent
  Parameter Entry(std::string_view name) const { return {name, Text(name)}; }

  template <typename E>
  std::optional<E> Enumeration(std::string_view name) const {
    return Enumerator<E>(Text(name));
  }
  template <typename E>
  E RequiredEnumeration(std::string_view name) const {
    const std::optional<E> value = Enumeration<E>(name);
    if (!value)
      throw std::invalid_argument(std::string(name) + " is not one of the model's values");
    return *value;
  }
  template <typename T>
  std::optional<T> Structure(std::string_view name) const {
    const boost::json::object* object = Map(name);
    return object != nullptr ? std::optional<T>(T(*object)) : std::nullopt;
  }

 private:
  const boost::json::object* object_;
};

// A list of strings (std::string_view), of enumerators or of views; empty where the member is
// absent.
template <typename T>
class List {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using difference_type = std::ptrdiff_t;
    using value_type = T;
    using pointer = const T*;
    using reference = T;

    explicit Iterator(const boost::json::value* at) : at_(at) {}
    T operator*() const { return Item(*at_); }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    bool operator==(const Iterator&) const = default;

   private:
    const boost::json::value* at_;
  };

  explicit List(const boost::json::array* items) : items_(items) {}

  Iterator begin() const { return Iterator(items_ != nullptr ? items_->begin() : nullptr); }
  Iterator end() const { return Iterator(items_ != nullptr ? items_->end() : nullptr); }
  size_t size() const { return items_ != nullptr ? items_->size() : 0; }
  bool empty() const { return size() == 0; }
  bool contains(const T& value) const {
    for (const T item : *this) {
      if (item == value) return true;
    }
    return false;
  }
  // The list as it was given; nullptr: absent.
  const boost::json::array* json() const { return items_; }

 private:
  static T Item(const boost::json::value& item) {
    if constexpr (std::is_same_v<T, std::string_view>) {
      return std::string_view(item.as_string());
    } else if constexpr (std::is_enum_v<T>) {
      const std::optional<T> value = Enumerator<T>(item.as_string());
      if (!value) throw std::invalid_argument("an element is not one of the model's values");
      return *value;
    } else {
      return T(item.as_object());
    }
  }

  const boost::json::array* items_;
};

using Strings = List<std::string_view>;

inline std::vector<std::string> Copies(const Strings& strings) {
  return {strings.begin(), strings.end()};
}

}  // namespace sallyport::operations::api
