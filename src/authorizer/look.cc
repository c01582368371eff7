#include "authorizer/look.h"

namespace sallyport::authorizer {

// Between the steps nothing may block, and their order is the proof's. (tests/faults has another
// order, which the history checker must object to; this file is therefore one function.)
Sight LookLive(const Replica& replica, const Token& token, RevocationHashes& revocations,
               const base::Clock& clock) {
  Sight sight;
  const revocation::ReplicaReader* const reader = replica.reader();
  if (!reader) return sight;
  if (revocations.generation != replica.generation()) revocations = token.Hash(replica);
  const uint64_t epoch = reader->epoch();
  LookUp(replica, *reader, token, revocations, sight);
  ReadLease(*reader, epoch, clock, sight);
  return sight;
}

}  // namespace sallyport::authorizer
