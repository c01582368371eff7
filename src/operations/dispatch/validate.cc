#include "operations/dispatch/validate.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "base/nearest.h"
#include "base/utf8.h"
#include "domain/errors.h"
#include "operations/dispatch/model.h"

namespace sallyport::operations {

namespace json = boost::json;
using model::Member;
using model::Shape;
using model::Type;

namespace {

// More would help nobody, and make the answer much longer than the request.
constexpr size_t kMostViolations = 100;

size_t Characters(std::string_view utf8) {
  return static_cast<size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

// For example, UserPoolId is shown as userPoolId.
std::string ShownName(std::string_view member) {
  std::string shown(member);
  if (!shown.empty() && shown[0] >= 'A' && shown[0] <= 'Z')
    shown[0] = static_cast<char>(shown[0] | 0x20);
  return shown;
}

std::string AllowedText(const Shape& shape) {
  std::string text = "Member must satisfy enum value set: [";
  for (size_t i = 0; i < shape.allowed.size(); ++i) {
    if (i > 0) text += ", ";
    text += shape.allowed[i];
  }
  return text + "]";
}

std::string AtLeast(const Shape& shape, std::string_view what) {
  return "Member must have " + std::string(what) + " greater than or equal to " +
         std::to_string(shape.min);
}

std::string AtMost(const Shape& shape, std::string_view what) {
  return "Member must have " + std::string(what) + " less than or equal to " +
         std::to_string(shape.max);
}

std::string PatternText(const Shape& shape) {
  return "Member must satisfy regular expression pattern: " +
         std::string(model::patterns[shape.pattern].text);
}

bool IsAllowed(std::string_view text, const Shape& shape) {
  return shape.allowed.empty() ||
         std::find(shape.allowed.begin(), shape.allowed.end(), text) != shape.allowed.end();
}

enum class Strictness { kAllConstraints, kEnumerations };

// The constraints of the shape that `value` violates. Its type is right.
std::vector<std::string> ViolatedBy(const json::value& value, const Shape& shape,
                                    Strictness strictness) {
  std::vector<std::string> violated;
  if (strictness == Strictness::kEnumerations) {
    const json::string* text = value.if_string();
    if (text && !IsAllowed(*text, shape)) violated.push_back(AllowedText(shape));
    return violated;
  }
  if (shape.type == Type::kString) {
    std::string_view text = value.get_string();
    auto length = static_cast<int64_t>(Characters(text));
    if (length < shape.min) violated.push_back(AtLeast(shape, "length"));
    if (length > shape.max) violated.push_back(AtMost(shape, "length"));
    if (shape.pattern >= 0 && length <= shape.max && !model::Matches(shape.pattern, text)) {
      violated.push_back(PatternText(shape));
    }
    if (!IsAllowed(text, shape)) violated.push_back(AllowedText(shape));
  } else if (shape.type == Type::kInteger || shape.type == Type::kLong) {
    if (value.get_int64() < shape.min) violated.push_back(AtLeast(shape, "value"));
    if (value.get_int64() > shape.max) violated.push_back(AtMost(shape, "value"));
  } else if (value.is_array() || value.is_object()) {
    auto size = static_cast<int64_t>(value.is_array() ? value.get_array().size()
                                                      : value.get_object().size());
    if (size < shape.min) violated.push_back(AtLeast(shape, "length"));
    if (size > shape.max) violated.push_back(AtMost(shape, "length"));
  }
  return violated;
}

// All constraints of an element's shape, because AWS lists all of them when an element of a list
// violates one.
std::string AllConstraints(const Shape& shape) {
  std::vector<std::string> all;
  std::string_view what = shape.type == Type::kString ? "length" : "value";
  if (shape.max != model::kNoMax) all.push_back(AtMost(shape, what));
  if (shape.min != model::kNoMin) all.push_back(AtLeast(shape, what));
  if (shape.pattern >= 0) all.push_back(PatternText(shape));
  if (!shape.allowed.empty()) all.push_back(AllowedText(shape));
  std::string text;
  for (const std::string& constraint : all) text += (text.empty() ? "" : ", ") + constraint;
  return "[" + text + "]";
}

// In the notation of AWS's Java code: [a, b] and {k=v}.
std::string Shown(const json::value& value) {
  if (const json::string* text = value.if_string()) return std::string(*text);
  std::string shown;
  if (const json::array* array = value.if_array()) {
    for (const json::value& item : *array) shown += (shown.empty() ? "" : ", ") + Shown(item);
    return "[" + shown + "]";
  }
  if (const json::object* object = value.if_object()) {
    for (const auto& item : *object) {
      shown += (shown.empty() ? "" : ", ") + std::string(item.key()) + "=" + Shown(item.value());
    }
    return "{" + shown + "}";
  }
  return json::serialize(value);
}

bool IsSensitive(const Shape& shape) {
  if (shape.sensitive) return true;
  if (shape.type == Type::kList) return IsSensitive(model::shapes[shape.element]);
  if (shape.type == Type::kMap) {
    return IsSensitive(model::shapes[shape.element]) || IsSensitive(model::shapes[shape.key]);
  }
  return std::any_of(shape.members.begin(), shape.members.end(),
                     [](const Member& member) { return IsSensitive(model::shapes[member.shape]); });
}

std::string_view JavaToken(const json::value& value) {
  switch (value.kind()) {
    case json::kind::bool_:
      return value.get_bool() ? "TRUE_VALUE" : "FALSE_VALUE";
    case json::kind::string:
      return "STRING_VALUE";
    default:
      return "NUMBER_VALUE";
  }
}

// The error for a value that is not of the scalar type `wanted` ("a String").
base::Error NotScalar(const json::value& value, std::string_view wanted) {
  if (value.is_array()) return domain::error::kUnexpectedList();
  if (value.is_object()) return domain::error::kUnexpectedStructure();
  return domain::error::kNotConvertible(JavaToken(value), wanted);
}

base::Status ReadInteger(json::value& value, bool is_long) {
  const char* wanted = is_long ? "a Long" : "an Integer";
  if (!value.is_number()) return NotScalar(value, wanted);
  // A fraction is truncated.
  if (value.is_double() && std::abs(value.get_double()) < 9e15) {
    value = static_cast<int64_t>(value.get_double());
  }
  bool fits = value.is_int64() &&
              (is_long || (value.get_int64() >= INT32_MIN && value.get_int64() <= INT32_MAX));
  if (!fits) return NotScalar(value, wanted);
  return {};
}

base::Status ReadScalar(json::value& value, Type type) {
  switch (type) {
    case Type::kInteger:
    case Type::kLong:
      return ReadInteger(value, type == Type::kLong);
    case Type::kBoolean:
      if (const json::string* text = value.if_string();
          text && (*text == "true" || *text == "false")) {
        value = *text == "true";
      }
      if (!value.is_bool()) return NotScalar(value, "an Boolean");
      return {};
    case Type::kTimestamp:
      if (!value.is_number()) return NotScalar(value, "milliseconds since epoch");
      return {};
    case Type::kDocument:
      return {};
    default:
      if (!value.is_string()) return NotScalar(value, "a String");
      return {};
  }
}

class Validator {
 public:
  explicit Validator(Strictness strictness) : strictness_(strictness) {}

  base::Status Visit(json::value& value, const Shape& shape) {
    switch (shape.type) {
      case Type::kStructure:
        if (value.is_array()) return domain::error::kUnexpectedList();
        if (!value.is_object()) return domain::error::kExpectedNull();
        return VisitStructure(value.get_object(), shape);
      case Type::kList:
        if (value.is_object()) {
          return domain::error::kUnexpectedStructure();
        }
        if (!value.is_array()) return domain::error::kExpectedList();
        return VisitList(value, shape);
      case Type::kMap:
        if (value.is_array()) return domain::error::kUnexpectedList();
        if (!value.is_object()) return domain::error::kExpectedMap();
        return VisitMap(value, shape);
      default:
        SALLYPORT_TRY(ReadScalar(value, shape.type));
        Note(value, shape);
        return {};
    }
  }

  base::Status VisitStructure(json::object& object, const Shape& shape) {
    size_t known = 0;
    for (const Member& member : shape.members) {
      const Shape& of = model::shapes[member.shape];
      json::value* value = object.if_contains(member.name);
      size_t outer = path_.size();
      path_ += (path_.empty() ? "" : ".") + ShownName(member.name);
      if (value && !value->is_null()) {
        ++known;
        SALLYPORT_TRY(Visit(*value, of));
      } else if (member.required) {
        Violation(of.sensitive ? "Value" : "Value null", "Member must not be null");
      }
      path_.resize(outer);
    }
    if (known < object.size()) RemoveUnknown(object, shape);
    return {};
  }

  base::Status Outcome() const {
    if (count_ == 0) return {};
    return count_ == 1 ? domain::error::kViolation(violations_)
                       : domain::error::kViolations(count_, violations_);
  }

 private:
  static void RemoveUnknown(json::object& object, const Shape& shape) {
    json::object kept(object.storage());
    for (const Member& member : shape.members) {
      json::value* value = object.if_contains(member.name);
      if (value && !value->is_null()) kept.emplace(member.name, std::move(*value));
    }
    object = std::move(kept);
  }

  base::Status VisitList(json::value& value, const Shape& shape) {
    json::array& array = value.get_array();
    array.erase(std::remove_if(array.begin(), array.end(),
                               [](const json::value& item) { return item.is_null(); }),
                array.end());
    const Shape& element = model::shapes[shape.element];
    bool scalar = element.type < Type::kStructure;
    bool violated = false;
    size_t number = 0;
    for (json::value& item : array) {
      if (scalar) {
        SALLYPORT_TRY(ReadScalar(item, element.type));
        violated = violated || !ViolatedBy(item, element, strictness_).empty();
        continue;
      }
      size_t outer = path_.size();
      path_ += "." + std::to_string(++number) + ".member";
      SALLYPORT_TRY(Visit(item, element));
      path_.resize(outer);
    }
    Note(value, shape);
    if (violated) {
      Violation(ValueText(value, shape),
                "Member must satisfy constraint: " + AllConstraints(element));
    }
    return {};
  }

  static void RemoveNulls(json::object& map) {
    for (auto item = map.begin(); item != map.end();) {
      item = item->value().is_null() ? map.stable_erase(item) : item + 1;
    }
  }

  base::Status VisitMap(json::value& value, const Shape& shape) {
    RemoveNulls(value.get_object());
    const Shape& key = model::shapes[shape.key];
    const Shape& element = model::shapes[shape.element];
    bool keys_violated = false;
    bool values_violated = false;
    for (auto& item : value.get_object()) {
      keys_violated =
          keys_violated || !ViolatedBy(json::value(item.key()), key, strictness_).empty();
      if (element.type >= Type::kStructure) {
        size_t outer = path_.size();
        path_ += "." + std::string(item.key()) + ".member";
        SALLYPORT_TRY(Visit(item.value(), element));
        path_.resize(outer);
      } else {
        SALLYPORT_TRY(ReadScalar(item.value(), element.type));
        values_violated =
            values_violated || !ViolatedBy(item.value(), element, strictness_).empty();
      }
    }
    Note(value, shape);
    if (keys_violated) {
      Violation(ValueText(value, shape),
                "Map keys must satisfy constraint: " + AllConstraints(key));
    }
    if (values_violated) {
      Violation(ValueText(value, shape),
                "Map value must satisfy constraint: " + AllConstraints(element));
    }
    return {};
  }

  static std::string ValueText(const json::value& value, const Shape& shape) {
    return IsSensitive(shape) ? "Value" : "Value '" + Shown(value) + "'";
  }

  void Note(const json::value& value, const Shape& shape) {
    for (const std::string& constraint : ViolatedBy(value, shape, strictness_)) {
      Violation(ValueText(value, shape), constraint);
    }
  }

  void Violation(const std::string& value, const std::string& constraint) {
    if (count_ == kMostViolations) return;
    ++count_;
    violations_ += (violations_.empty() ? "" : "; ") + value + " at '" + path_ +
                   "' failed to satisfy constraint: " + constraint;
  }

  const Strictness strictness_;
  std::string path_;
  std::string violations_;
  size_t count_ = 0;
};

base::Status CheckMembersIn(const json::value& value, const Shape& shape, const std::string& path);

base::Error UnknownMember(const std::string& path, const std::string& name, const Shape& shape) {
  // Longer names are not compared, because the time grows with the square of the length.
  constexpr size_t kMostShown = 64;
  const std::string shown(base::Utf8Prefix(name, kMostShown));
  std::vector<std::string> known;
  for (const Member& member : shape.members) known.emplace_back(member.name);
  const std::string meant = base::Nearest(shown, known);
  return meant.empty() ? domain::error::kUnknownMember(path + shown)
                       : domain::error::kMisspeltMember(path + shown, meant);
}

base::Status CheckMembersOf(const json::object& object, const Shape& shape,
                            const std::string& path) {
  for (const auto& item : object) {
    if (item.value().is_null()) continue;
    const std::string name(item.key());
    const auto member = std::find_if(shape.members.begin(), shape.members.end(),
                                     [&name](const Member& known) { return known.name == name; });
    if (member == shape.members.end()) return UnknownMember(path, name, shape);
    SALLYPORT_TRY(CheckMembersIn(item.value(), model::shapes[member->shape], path + name + "."));
  }
  return {};
}

base::Status CheckMembersIn(const json::value& value, const Shape& shape, const std::string& path) {
  if (const json::object* object = value.if_object(); object && shape.type == Type::kStructure) {
    return CheckMembersOf(*object, shape, path);
  }
  if (const json::object* map = value.if_object(); map && shape.type == Type::kMap) {
    for (const auto& item : *map) {
      SALLYPORT_TRY(CheckMembersIn(item.value(), model::shapes[shape.element], path));
    }
  }
  if (const json::array* array = value.if_array(); array && shape.type == Type::kList) {
    for (const json::value& item : *array) {
      SALLYPORT_TRY(CheckMembersIn(item, model::shapes[shape.element], path));
    }
  }
  return {};
}

}  // namespace

base::Status Validate(json::object& input, uint16_t shape) {
  Validator validator(Strictness::kAllConstraints);
  SALLYPORT_TRY(validator.VisitStructure(input, model::shapes[shape]));
  return validator.Outcome();
}

base::Status CheckMembers(const json::object& input, uint16_t shape) {
  return CheckMembersOf(input, model::shapes[shape], "");
}

base::Status ValidateAnswer(json::object& answer, uint16_t shape) {
  Validator validator(Strictness::kEnumerations);
  SALLYPORT_TRY(validator.VisitStructure(answer, model::shapes[shape]));
  return validator.Outcome();
}

}  // namespace sallyport::operations
