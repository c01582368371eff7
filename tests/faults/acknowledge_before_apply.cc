// The fault "ack-before-apply": what the server sends is acknowledged at once, and applied when
// more arrives. The linker takes this file instead of the library's own.
#include <optional>
#include <utility>

#include "agent/follower.h"
#include "base/test_fault.h"

namespace sallyport::agent {

Follower::Frames Follower::ApplyAndAcknowledge(const revocation::Entries& entries) {
  static const bool acknowledges_first = base::TestFault("ack-before-apply");
  static std::optional<revocation::Entries> held_back;  // a process has only one Follower
  if (acknowledges_first) {
    const auto before = std::exchange(held_back, entries);
    // After a new connection, the server has sent the entry again.
    if (before && before->position.sequence > writer_.status().position.sequence) {
      SALLYPORT_TRY(Apply(*before));
    }
  } else {
    SALLYPORT_TRY(Apply(entries));
  }
  return std::vector<revocation::Frame>{revocation::Ack{received_}};
}

}  // namespace sallyport::agent
