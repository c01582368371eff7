#include <atomic>

#include "agent/follower.h"

namespace sallyport::agent {

// The promise rests on this order. This file has only this one function, because tests/faults
// replaces it by one with another order, which the history checker must detect.
Follower::Frames Follower::ApplyAndAcknowledge(const revocation::Entries& entries) {
  SALLYPORT_TRY(Apply(entries));
  // All readers must see the entries before the server is told of them.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return std::vector<revocation::Frame>{revocation::Ack{received_}};
}

}  // namespace sallyport::agent
