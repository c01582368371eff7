// The fault "lease-before-lookup": LookLive with its steps in the wrong order, and a pause between
// them in which a lease can end and a revocation be answered. The linker takes this file instead of
// the library's own.
#include <chrono>
#include <thread>

#include "authorizer/look.h"
#include "base/test_fault.h"

namespace sallyport::authorizer {

constexpr std::chrono::milliseconds kFaultPause{1500};

Sight LookLive(const Replica& replica, const Token& token, RevocationHashes& revocations,
               const base::Clock& clock) {
  static const bool wrong_order = base::TestFault("lease-before-lookup");
  Sight sight;
  const revocation::ReplicaReader* const reader = replica.reader();
  if (!reader) return sight;
  if (revocations.generation != replica.generation()) revocations = token.Hash(replica);
  const uint64_t epoch = reader->epoch();
  if (wrong_order) {
    ReadLease(*reader, epoch, clock, sight);
    std::this_thread::sleep_for(kFaultPause);
    LookUp(replica, *reader, token, revocations, sight);
  } else {
    LookUp(replica, *reader, token, revocations, sight);
    ReadLease(*reader, epoch, clock, sight);
  }
  return sight;
}

}  // namespace sallyport::authorizer
