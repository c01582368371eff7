// A call's input, from its body.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "base/result.h"
#include "operations/call.h"
#include "operations/dispatch/model.h"

namespace sallyport::operations {

// The body's JSON object as the model has the operation's input. Errors: SerializationException
// where it is no such object; those of Validate and, where unknown members are refused, of
// CheckMembers (validate.h).
base::Result<boost::json::object> ReadInput(const model::OperationModel& model,
                                            std::string_view body, UnknownMembers unknown_members);

}  // namespace sallyport::operations
