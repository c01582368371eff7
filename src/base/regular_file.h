// Files that a running process reads again when it is told to.
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace sallyport::base {

// An error that names `path` and says why, unless it is a regular file or a link to one. Whoever
// opened a pipe instead would wait for its other end, and with it everything that it serves.
Status RequireRegularFile(const std::string& path);

// The whole content of a regular file. A file of more than `greatest` bytes is an error: what is
// cut off would not be missed.
Result<std::string> ReadRegularFile(const std::string& path, size_t greatest);

// The same for a secret, to whose file nobody but its owner may have any access.
Result<Secret> ReadPrivateFile(const std::string& path, size_t greatest);

}  // namespace sallyport::base
