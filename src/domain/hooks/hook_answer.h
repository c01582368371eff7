// The base of the generated classes in "hook_model/answers.h". Such a class is a view of
// event.response in a function's answer, or of an object within it; its functions are named after
// the members that AWS documents (model/hooks.json). The answer has not been validated, so each
// reader says what it does with a value of another type.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "base/result.h"

namespace sallyport::domain {

struct HookMember {
  std::string_view name;
  const boost::json::value* value;  // nullptr: the member is absent or null
  bool is_null;                     // the member is present, and null
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

// False where the member is absent. error::kHookAnswerUnrecognized where it is not a boolean.
base::Result<bool> HookFlag(const HookMember& member);

// Empty where the member is absent or not a string.
std::string_view HookText(const HookMember& member);

}  // namespace sallyport::domain
