#include "authorizer/issuer_gate.h"

#include <algorithm>
#include <utility>

#include "authorizer/checks.h"

namespace sallyport::authorizer {

void IssuerGate::Trust(std::string_view kid, std::string_view jwk) {
  auto key = jose::PublicKey::FromJwk(jwk, nullptr);
  if (!key) return;
  keys_.push_back(std::make_unique<IssuerKey>(
      IssuerKey{issuer_, std::string(kid), std::move(key).value(), 0, 0}));
}

Decision IssuerGate::Authorize(const Rule& rule, std::string_view compact) {
  Decision decision;
  decision.reason = SALLYPORT_REASON_NO_TOKEN;
  if (compact.empty()) return decision;
  decision.reason = SALLYPORT_REASON_MALFORMED;
  auto unverified = jose::UnverifiedToken::Parse(compact);
  if (!unverified) return decision;
  decision.reason = SALLYPORT_REASON_UNKNOWN_KEY;
  const auto key = std::find_if(keys_.begin(), keys_.end(),
                                [&](const auto& known) { return known->kid == unverified->kid(); });
  if (key == keys_.end()) return decision;
  decision.reason =
      CheckSignature(std::move(unverified).value(), compact, **key, memory_, decision.token);
  if (!decision.token) return decision;
  decision.reason = CheckRule(rule, *decision.token);
  if (decision.reason != SALLYPORT_REASON_NONE) return decision;
  decision.reason = Conclude(rule, *decision.token, clock_.WallSeconds(), true, false);
  if (decision.reason == SALLYPORT_REASON_NONE) decision.verdict = SALLYPORT_ALLOW;
  return decision;
}

}  // namespace sallyport::authorizer
