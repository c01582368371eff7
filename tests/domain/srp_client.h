// SrpClient: the client's side of SRP. It follows amazon-cognito-identity-js's AuthenticationHelper
// and shares no code with domain/credentials/srp.cc, so that each can check the other.
#pragma once

#include <openssl/bn.h>

#include <memory>
#include <string>
#include <string_view>

namespace sallyport::domain {

class SrpClient {
 public:
  SrpClient();

  std::string PublicValue() const;  // SRP_A
  // PASSWORD_CLAIM_SIGNATURE, base64.
  std::string Signature(std::string_view pool_id, std::string_view user_id,
                        std::string_view password, std::string_view salt_hex,
                        std::string_view server_value_hex, std::string_view secret_block,
                        std::string_view timestamp) const;

 private:
  struct Free {
    void operator()(BIGNUM* number) const { BN_free(number); }
  };
  using Number = std::unique_ptr<BIGNUM, Free>;
  static Number FromHex(std::string_view hex);
  static std::string PadHex(const BIGNUM* number);

  Number n_, a_, a_public_;
};

// `unix_seconds` in the form in which clients write it.
std::string SrpTimestamp(int64_t unix_seconds);

}  // namespace sallyport::domain
