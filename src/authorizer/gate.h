// Gate: decides on tokens (docs/replica-format.md, "A decision").
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "authorizer/look.h"
#include "authorizer/replica.h"
#include "authorizer/rule.h"
#include "authorizer/sallyport.h"
#include "authorizer/token.h"
#include "authorizer/token_cache.h"
#include "authorizer/token_memory.h"
#include "base/clock.h"

namespace sallyport::authorizer {

struct Decision {
  sallyport_verdict verdict = SALLYPORT_DENY;
  sallyport_reason reason = SALLYPORT_REASON_NONE;
  TokenRef token;  // set whenever the signature was valid and the key belongs to the token's issuer
};

// Not thread-safe.
class Gate {
 public:
  struct Options {
    std::string replica_path;
    uint32_t replica_owner = 0;
    uint32_t cache_tokens = 0;
  };

  // `clock` must outlive the gate.
  Gate(const Options& options, const base::Clock& clock);

  // Does no I/O, except to open a Replica that was replaced, and allocates nothing for a token that
  // is in the cache.
  Decision Authorize(const Rule& rule, std::string_view compact);

  // Why there is no usable Replica; empty if there is one.
  const std::string& problem() const { return replica_.problem(); }

 private:
  // The checks in their order: first what the bytes of the token say, then what the rule requires;
  // then time, scope and revocation, all three as of the same moment.
  sallyport_reason Verify(const Rule& rule, std::string_view compact, TokenRef& token);
  sallyport_reason Judge(const Rule& rule, const Token& token, RevocationHashes& revocations);
  Sight LookStateless(const Token& token);
  // Computes `revocations` for the file that is mapped, if there is one, and asks the processor to
  // load the memory that a decision reads.
  void Prefetch(const Token& token, RevocationHashes& revocations) const;
  // Where the cache has exactly the bytes of `compact`; nullptr: it does not have them.
  TokenCache::Place* FindSeen(std::string_view compact);
  IssuerKey* FindPinnedKey(const Rule& rule, std::string_view kid);
  // After a lookup that could not be used: whether it may be repeated.
  bool MayLookAgain(revocation::Lease lease);
  revocation::Lease LeaseNow(const Rule& rule) const;
  sallyport_reason WhyBlind() const;

  const base::Clock& clock_;
  Replica replica_;
  std::shared_ptr<TokenMemory> memory_ = std::make_shared<TokenMemory>();
  TokenCache cache_;
  jose::SeenHeaders seen_headers_;
  int64_t look_at_path_at_ = 0;  // CLOCK_BOOTTIME nanoseconds: see LookStateless
};

}  // namespace sallyport::authorizer
