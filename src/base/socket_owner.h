// Finds out which user of this host has the other end of a TCP connection.
#pragma once

#include <sys/types.h>

#include "base/result.h"

namespace sallyport::base {

// The user whose process opened the other end of the connected loopback TCP socket `fd`. An error,
// whose cause says why, where that is not certain: the other end is on another host; its process
// has closed it (then the kernel names root, who is not meant); the user is not known in this user
// namespace; or the kernel cannot be asked. Asks the kernel about this one connection
// (sock_diag(7)). Thread-safe; takes some ten microseconds.
Result<uid_t> OwnerOfOtherEnd(int fd);

// Succeeds where it is the user as whom this process runs.
Status CheckOtherEndIsOwn(int fd);

}  // namespace sallyport::base
