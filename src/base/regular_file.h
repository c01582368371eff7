// Files that a running process reads again when it is told to.
#pragma once

#include <string>

#include "base/result.h"

namespace sallyport::base {

// An error that names `path` and says why, unless it is a regular file or a link to one. Whoever
// opened a pipe instead would wait for its other end, and with it everything that it serves.
Status RequireRegularFile(const std::string& path);

enum class MayRead { kAnybody, kOwnerAlone };

// The whole content of a regular file. A file of more than `greatest` bytes is an error, since what
// is cut off would not be missed; and so is one that others may read who must not.
Result<std::string> ReadRegularFile(const std::string& path, size_t greatest,
                                    MayRead readers = MayRead::kAnybody);

}  // namespace sallyport::base
