// Validating a JSON value against the model, with AWS's codes and wording.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>

#include "base/result.h"

namespace sallyport::operations {

// Errors, in AWS's order: SerializationException for a value of the wrong JSON type ("NUMBER_VALUE
// can not be converted to a String"); InvalidParameterException with every violated constraint ("2
// validation errors detected: ...; ..."). Values of sensitive shapes are not shown. On success
// `input` has exactly the members that the model knows: null and unknown ones are removed, whole
// numbers of integer members are int64.
base::Status Validate(boost::json::object& input, uint16_t shape);

// InvalidParameterException for a member of `input`, which is yet to be validated, that the model
// does not know, and that is not null: it names the member and what may have been meant.
base::Status CheckMembers(const boost::json::object& input, uint16_t shape);

// The same for an answer: types, required members and enumerations. AWS's own answers exceed the
// lengths and patterns that the model states for them ("custom:" before a name of 20 characters).
base::Status ValidateAnswer(boost::json::object& answer, uint16_t shape);

}  // namespace sallyport::operations
