// Gate: the decision (docs/replica-format.md, "A decision").
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
  TokenRef token;  // set whenever the signature was good, and the issuer the key's
};

// Not thread-safe.
class Gate {
 public:
  struct Options {
    std::string replica_path;
    uint32_t replica_owner = 0;
    uint32_t cache_tokens = 0;
  };

  // `clock` outlives the gate.
  Gate(const Options& options, const base::Clock& clock);

  // No I/O but the opening of a Replica that was replaced; no allocation for a token that the cache
  // holds.
  Decision Authorize(const Rule& rule, std::string_view compact);

  // Why there is no usable Replica; empty if there is one.
  const std::string& problem() const { return replica_.problem(); }

 private:
  // The order of checks: first what the bytes alone say, then what the rule asks, then time, scope
  // and revocation, all three as of one moment.
  sallyport_reason Verify(const Rule& rule, std::string_view compact, TokenRef& token);
  sallyport_reason Judge(const Rule& rule, const Token& token, RevocationHashes& revocations);
  Sight LookStateless(const Token& token);
  // Makes `revocations` those of the file at hand, if there is one, and asks for its memory that a
  // decision reads.
  void Prefetch(const Token& token, RevocationHashes& revocations) const;
  // Where the cache holds `compact`, byte for byte; nullptr: nowhere.
  TokenCache::Place* FindSeen(std::string_view compact);
  IssuerKey* FindPinnedKey(const Rule& rule, std::string_view kid);
  // After a sight that was not good enough: whether another may be.
  bool MayLookAgain(revocation::Lease lease);
  revocation::Lease LeaseNow(const Rule& rule) const;
  sallyport_reason WhyBlind() const;

  const base::Clock& clock_;
  Replica replica_;
  std::shared_ptr<TokenMemory> memory_ = std::make_shared<TokenMemory>();
  TokenCache cache_;
  int64_t look_at_path_at_ = 0;  // CLOCK_BOOTTIME nanoseconds: see LookStateless
};

}  // namespace sallyport::authorizer
