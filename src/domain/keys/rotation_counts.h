// RotationCounts: how often this server has taken each step of the rotation of signing keys
// (key_rotation.h), for its metrics.
#pragma once

#include <atomic>
#include <cstdint>

namespace sallyport::domain {

struct RotationCounts {
  std::atomic<uint64_t> published{0};  // next keys
  std::atomic<uint64_t> signing{0};    // next keys that have begun to sign
  std::atomic<uint64_t> withdrawn{0};  // retired keys whose last token has expired
  std::atomic<uint64_t> replaced{0};   // pools whose keys were all withdrawn after a compromise
  std::atomic<uint64_t> failed{0};     // steps that failed; they are tried again
};

}  // namespace sallyport::domain
