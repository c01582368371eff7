// Files with secrets, which only their owner may read.
#pragma once

#include <cstddef>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace sallyport::base {

// The content of a file. An error where others have any access to it, or where it is longer than
// `greatest_bytes`; its message is one line for the operator that begins with the path.
Result<Secret> ReadPrivateFile(const std::string& path, size_t greatest_bytes);

}  // namespace sallyport::base
