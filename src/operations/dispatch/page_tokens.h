// Page tokens (NextToken, PaginationToken): one belongs to the list that gave it and to what was
// asked of that list. The dispatcher sees to it, so that no operation can forget.
#pragma once

#include <boost/json/object.hpp>

#include "base/result.h"
#include "operations/call.h"
#include "operations/dispatch/model.h"

namespace sallyport::operations {

// The input as the operation takes it: the token in it is what the operation answered. What is
// asked must find the same: the size of the page, and what is shown of it, may be others; an empty
// text is as none, and a user is the same by any of his names. InvalidParameterException "Invalid
// pagination token." Precondition: the operation lists, and the caller is known.
base::Status OpenPageToken(const model::OperationModel& model, const Call& call,
                           boost::json::object& input);
// The answer as the caller gets it: its token is bound to `input`, with or without a token.
void BindPageToken(const model::OperationModel& model, const Call& call,
                   const boost::json::object& input, boost::json::object& answer);

}  // namespace sallyport::operations
