#include <atomic>

#include "agent/follower.h"

namespace sallyport::agent {

// This order is the promise's. (tests/faults has another, which the history checker must object to;
// this file is therefore one function.)
Follower::Frames Follower::ApplyAndAcknowledge(const revocation::Entries& entries) {
  SALLYPORT_TRY(Apply(entries));
  // Every reader sees the entries before the server can hear of them.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  return std::vector<revocation::Frame>{revocation::Ack{received_}};
}

}  // namespace sallyport::agent
