#include "authorizer/checks.h"

#include <utility>

namespace sallyport::authorizer {

sallyport_reason CheckSignature(jose::UnverifiedToken unverified, std::string_view compact,
                                IssuerKey& key, const std::shared_ptr<TokenMemory>& memory,
                                TokenRef& token) {
  const auto verified = jose::VerifiedToken::Verify(std::move(unverified), key.key);
  if (!verified) {
    return verified.error().cause == jose::VerifiedToken::kBadSignature
               ? SALLYPORT_REASON_BAD_SIGNATURE
               : SALLYPORT_REASON_MALFORMED;
  }
  if (verified->claims().iss != key.issuer) return SALLYPORT_REASON_WRONG_ISSUER;
  token = TokenRef(Token::New(compact, *verified, key, memory));
  return SALLYPORT_REASON_NONE;
}

}  // namespace sallyport::authorizer
