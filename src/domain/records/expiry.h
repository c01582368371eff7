// The order of every index by expiry: when the record may be deleted.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

namespace sallyport::domain {

// Has 16 digits, so that texts are ordered as the times are.
inline std::string ExpirySort(int64_t unix_seconds) {
  return fmt::format("{:016}", unix_seconds);
}

}  // namespace sallyport::domain
