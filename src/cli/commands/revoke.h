// `sallyport revoke`: users by a filter are cut off, all of them.
//
// How far it came is kept in the state directory (stored_session.h), a file per server, pool,
// filter and action, until it is done.
#pragma once

#include "cli/invocation.h"

namespace sallyport::cli {

base::Result<int> RevokeUsers(Invocation& invocation);

}  // namespace sallyport::cli
