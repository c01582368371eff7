// The checks of a token that every gate of this layer makes, wherever its keys come from.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "authorizer/rule.h"
#include "authorizer/token.h"
#include "jose/token.h"

namespace sallyport::authorizer {

// The signature, and that the key belongs to the token's issuer. Sets `token` if and only if it is
// as it should be.
sallyport_reason CheckSignature(jose::UnverifiedToken unverified, std::string_view compact,
                                IssuerKey& key, const std::shared_ptr<TokenMemory>& memory,
                                TokenRef& token);

// What a rule requires of a token at any time.
inline sallyport_reason CheckRule(const Rule& rule, const Token& token) {
  if (!rule.Pins(token.key().issuer)) return SALLYPORT_REASON_WRONG_ISSUER;
  if (!rule.AcceptsUse(token.token_use())) return SALLYPORT_REASON_WRONG_TOKEN_USE;
  if (token.client().empty() || !rule.AcceptsClient(token.client())) {
    return SALLYPORT_REASON_WRONG_CLIENT;
  }
  // A token that no revocation could name must not be accepted under a promise to revoke it.
  if (rule.mode() != SALLYPORT_MODE_STATELESS && !token.has_identity()) {
    return SALLYPORT_REASON_MALFORMED;
  }
  return SALLYPORT_REASON_NONE;
}

// The checks that depend on the time and on the lookup. The subtractions cannot overflow, since
// neither claims nor the clock are negative.
inline sallyport_reason Conclude(const Rule& rule, const Token& token, int64_t now, bool key_live,
                                 bool revoked) {
  if (now - rule.leeway_seconds() >= token.exp()) return SALLYPORT_REASON_EXPIRED;
  if (token.nbf() - rule.leeway_seconds() > now) return SALLYPORT_REASON_NOT_YET_VALID;
  if (!rule.AcceptsScope(token.scope())) return SALLYPORT_REASON_INSUFFICIENT_SCOPE;
  if (!key_live) return SALLYPORT_REASON_UNKNOWN_KEY;
  if (revoked) return SALLYPORT_REASON_REVOKED;
  return SALLYPORT_REASON_NONE;
}

}  // namespace sallyport::authorizer
