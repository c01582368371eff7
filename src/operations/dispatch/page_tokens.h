// Page tokens (NextToken, PaginationToken). A token can be used only for the list that gave it,
// with the same request. The dispatcher ensures that, so no operation can forget it.
#pragma once

#include <boost/json/object.hpp>

#include "base/result.h"
#include "operations/call.h"
#include "operations/dispatch/model.h"

namespace sallyport::operations {

// Replaces the token in the input by the one that the operation made. The request must select the
// same records as the one that got the token; the page size and the attributes that are shown may
// differ. An empty text counts as absent, and a user counts as the same under any of their names.
// InvalidParameterException "Invalid pagination token." Precondition: the operation lists, and the
// caller is known.
base::Status OpenPageToken(const model::OperationModel& model, const Call& call,
                           boost::json::object& input);
// Replaces the operation's token in the answer, if there is one, by one that is bound to `input`.
void BindPageToken(const model::OperationModel& model, const Call& call,
                   const boost::json::object& input, boost::json::object& answer);

}  // namespace sallyport::operations
