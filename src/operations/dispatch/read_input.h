// Reads the input of a call from its body.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "base/result.h"
#include "operations/call.h"
#include "operations/dispatch/model.h"

namespace sallyport::operations {

// The JSON object in the body, checked against the model's description of the operation's input.
// SerializationException where it is not such an object; also the errors of Validate and, where
// unknown members are refused, of CheckMembers (validate.h).
base::Result<boost::json::object> ReadInput(const model::OperationModel& model,
                                            std::string_view body, UnknownMembers unknown_members);

}  // namespace sallyport::operations
