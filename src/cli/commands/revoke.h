// `sallyport revoke`: cuts off all users whom a filter matches.
//
// Its progress is stored in the state directory (stored_session.h) until it is finished, in a file
// for each server, pool, filter and action.
#pragma once

#include "cli/invocation.h"

namespace sallyport::cli {

base::Result<int> RevokeUsers(Invocation& invocation);

}  // namespace sallyport::cli
