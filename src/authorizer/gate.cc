#include "authorizer/gate.h"

#include <utility>

#include "authorizer/checks.h"

namespace sallyport::authorizer {
namespace {

using revocation::Lease;
using revocation::ReplicaReader;

// A stateless gate has no lease, whose end would tell it that the file of a killed Agent was
// replaced.
constexpr int64_t kLookAtPathNanos = 1'000'000'000;

}  // namespace

Gate::Gate(const Options& options, const base::Clock& clock)
    : clock_(clock),
      replica_(options.replica_path, options.replica_owner, clock),
      cache_(options.cache_tokens) {}

Decision Gate::Authorize(const Rule& rule, std::string_view compact) {
  Decision decision;
  if (TokenCache::Place* const seen = FindSeen(compact)) {
    decision.token = TokenRef::Share(seen->token.get());
    decision.reason = Judge(rule, *decision.token, seen->revocations);
  } else {
    decision.reason = Verify(rule, compact, decision.token);
    if (!decision.token) return decision;
    RevocationHashes revocations;
    Prefetch(*decision.token, revocations);
    cache_.Add(TokenRef::Share(decision.token.get()), revocations);
    decision.reason = Judge(rule, *decision.token, revocations);
  }
  if (decision.reason == SALLYPORT_REASON_NONE) decision.verdict = SALLYPORT_ALLOW;
  return decision;
}

TokenCache::Place* Gate::FindSeen(std::string_view compact) {
  TokenCache::Place* const place = cache_.FindCandidate(compact);
  if (!place) return nullptr;
  // The token and the table are in different parts of memory that are probably not cached. Both are
  // loaded at the same time, before the first byte is compared.
  Prefetch(*place->token, place->revocations);
  place->token->Prefetch();
  return place->token->compact() == compact ? place : nullptr;
}

void Gate::Prefetch(const Token& token, RevocationHashes& revocations) const {
  const ReplicaReader* const reader = replica_.reader();
  if (!reader) return;
  if (revocations.generation != replica_.generation()) revocations = token.Hash(replica_);
  for (const uint64_t hash : revocations.hashes) reader->Prefetch(hash);
}

// Sets `token` if and only if the signature is valid.
sallyport_reason Gate::Verify(const Rule& rule, std::string_view compact, TokenRef& token) {
  if (compact.empty()) return SALLYPORT_REASON_NO_TOKEN;
  auto unverified = jose::UnverifiedToken::Parse(compact, &seen_headers_);
  if (!unverified) return SALLYPORT_REASON_MALFORMED;
  IssuerKey* key = FindPinnedKey(rule, unverified->kid());
  if (!key) {
    const Lease lease = LeaseNow(rule);
    if (lease == Lease::kHolds) return SALLYPORT_REASON_UNKNOWN_KEY;
    if (!MayLookAgain(lease)) return WhyBlind();
    key = FindPinnedKey(rule, unverified->kid());
    if (!key) return SALLYPORT_REASON_UNKNOWN_KEY;
  }
  return CheckSignature(std::move(unverified).value(), compact, *key, memory_, token);
}

IssuerKey* Gate::FindPinnedKey(const Rule& rule, std::string_view kid) {
  for (const std::string& issuer : rule.issuers()) {
    if (IssuerKey* const key = replica_.FindKey(issuer, kid)) return key;
  }
  return nullptr;
}

sallyport_reason Gate::Judge(const Rule& rule, const Token& token, RevocationHashes& revocations) {
  const bool live = rule.mode() != SALLYPORT_MODE_STATELESS;
  const sallyport_reason by_rule = CheckRule(rule, token);
  if (by_rule != SALLYPORT_REASON_NONE) return by_rule;
  for (int attempt = 1;; ++attempt) {
    const Sight sight =
        live ? LookLive(replica_, token, revocations, clock_) : LookStateless(token);
    if (sight.lease == Lease::kHolds) {
      return Conclude(rule, token, sight.wall_seconds, sight.key_live, sight.revoked);
    }
    if (attempt == 2 || !MayLookAgain(sight.lease)) return WhyBlind();
  }
}

// As API Gateway does: keys matter, lease and revocations do not. It still matters whether the file
// was superseded, because otherwise a withdrawn key would be trusted for ever.
Sight Gate::LookStateless(const Token& token) {
  Sight sight;
  const int64_t now = clock_.BootNanos();
  if (now >= look_at_path_at_) {
    look_at_path_at_ = now + kLookAtPathNanos;
    replica_.Refresh(false);
  }
  const ReplicaReader* const reader = replica_.reader();
  if (!reader) return sight;
  sight.key_live = replica_.IsLive(token.key());
  sight.wall_seconds = clock_.WallSeconds();
  const Lease lease = reader->CheckLease(reader->epoch(), clock_);
  sight.lease = lease == Lease::kSuperseded ? lease : Lease::kHolds;
  return sight;
}

Lease Gate::LeaseNow(const Rule& rule) const {
  const ReplicaReader* const reader = replica_.reader();
  if (!reader) return Lease::kLapsed;
  const Lease lease = reader->CheckLease(reader->epoch(), clock_);
  const bool suffices = rule.mode() == SALLYPORT_MODE_STATELESS && lease != Lease::kSuperseded;
  return suffices ? Lease::kHolds : lease;
}

bool Gate::MayLookAgain(Lease lease) {
  return lease == Lease::kEpochChanged || replica_.Refresh(lease == Lease::kSuperseded);
}

sallyport_reason Gate::WhyBlind() const {
  return replica_.reader() && replica_.problem().empty() ? SALLYPORT_REASON_NO_LEASE
                                                         : SALLYPORT_REASON_REPLICA_UNUSABLE;
}

}  // namespace sallyport::authorizer
