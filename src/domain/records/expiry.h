// How records are ordered by when they serve nobody any more: the sort of every index by expiry.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <string>

namespace sallyport::domain {

// 16 digits, so that the order of the texts is that of the times.
inline std::string ExpirySort(int64_t unix_seconds) {
  return fmt::format("{:016}", unix_seconds);
}

}  // namespace sallyport::domain
