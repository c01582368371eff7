// What the classes of "hook_model/answers.h" are built of: event.response of a function's answer,
// or an object within it, read by functions that AWS's pages have named (model/hooks.json). Nothing
// has validated it: each reader says what it does with a value of another type.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "base/result.h"

namespace sallyport::domain {

struct HookMember {
  std::string_view name;
  const boost::json::value* value;  // nullptr: left out, or null
  bool is_null;                     // and not left out
};

// Refers to the object, which must outlive it.
class HookAnswer {
 protected:
  explicit HookAnswer(const boost::json::object& response) : response_(response) {}

  HookMember Member(std::string_view name) const {
    const boost::json::value* value = response_.if_contains(name);
    const bool is_null = value != nullptr && value->is_null();
    return {name, is_null ? nullptr : value, is_null};
  }

 private:
  const boost::json::object& response_;
};

// False where it is left out. error::kHookAnswerUnrecognized where it is not a boolean.
base::Result<bool> HookFlag(const HookMember& member);

// Empty where it is left out, or no string.
std::string_view HookText(const HookMember& member);

}  // namespace sallyport::domain
