// Validates a JSON value against the model, with AWS's codes and sentences.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>

#include "base/result.h"

namespace sallyport::operations {

// The errors, in AWS's order: SerializationException for a value of the wrong JSON type
// ("NUMBER_VALUE can not be converted to a String"); InvalidParameterException with every violated
// constraint ("2 validation errors detected: ...; ..."). Values of sensitive shapes are not shown.
// After success `input` has only members that the model knows and that are not null, and integer
// members are int64.
base::Status Validate(boost::json::object& input, uint16_t shape);

// InvalidParameterException for a member of `input`, before it is validated, that is not null and
// that the model does not know. The error names the member, and the one that was probably meant.
base::Status CheckMembers(const boost::json::object& input, uint16_t shape);

// The same for an answer: checks types, required members and enumerations. Lengths and patterns are
// not checked, since AWS's own answers exceed what the model says ("custom:" before a name of 20
// characters).
base::Status ValidateAnswer(boost::json::object& answer, uint16_t shape);

}  // namespace sallyport::operations
