// Which user of this host holds the other end of a TCP connection.
#pragma once

#include <sys/types.h>

#include "base/result.h"

namespace sallyport::base {

// The user whose process opened the socket that the connected TCP socket `fd` is connected to over
// loopback. An error, of which the cause says why, where that is not certain: the other end is
// beyond loopback, or its process has closed it (the kernel then says that it is root's, which it
// is not), or it is a user's whom this user namespace does not know, or the kernel cannot be asked.
// Asks the kernel (sock_diag(7)) for this one connection; thread-safe, and takes some ten
// microseconds.
Result<uid_t> OwnerOfOtherEnd(int fd);

// Success where that is the user that this process runs as.
Status CheckOtherEndIsOwn(int fd);

}  // namespace sallyport::base
