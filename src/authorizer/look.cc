#include "authorizer/look.h"

namespace sallyport::authorizer {

// Nothing may block between the steps, and the proof depends on their order. This file has only
// this one function, because tests/faults replaces it by one with another order, which the history
// checker must detect.
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
