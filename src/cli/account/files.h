// The files that a command reads and keeps.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sallyport::cli {

// nullopt: there is no such file. An error names the file. At most 64 MiB.
base::Result<std::optional<std::string>> ReadFile(const std::string& path);

// Complete or as before, whatever is cut off in between; readable by the owner alone. Makes the
// folders above it, for the owner alone.
base::Status WritePrivateFile(const std::string& path, std::string_view text);

// True: the file is gone, or never was.
bool RemoveFile(const std::string& path);

}  // namespace sallyport::cli
