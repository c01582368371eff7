// The files that commands read and write.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sallyport::cli {

// nullopt: the file does not exist. An error names the file. Reads at most 64 MiB.
base::Result<std::optional<std::string>> ReadFile(const std::string& path);

// Writes the whole file or leaves the old one, even if it is interrupted. The file, and folders
// that have to be created for it, are accessible only to their owner.
base::Status WritePrivateFile(const std::string& path, std::string_view text);

// True: the file does not exist any more, or never did.
bool RemoveFile(const std::string& path);

}  // namespace sallyport::cli
