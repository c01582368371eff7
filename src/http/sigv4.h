// Verifies the AWS Signature Version 4 in the Authorization header of an HTTP request.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "codec/sigv4_header.h"

namespace sallyport::http {

// A request as it arrived. Header names may be in any case, and a name may occur more than once.
struct SignedRequest {
  std::string_view method;
  std::string_view target;  // path and query, as in the request line
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  std::string_view body;
};

// Error: IncompleteSignatureException or InvalidSignatureException if the text is not a SigV4
// header.
base::Result<codec::SigV4Header> ReadSigV4Header(std::string_view value);

// The text whose SHA-256 is signed (see "Create a canonical request" in the reference).
std::string CanonicalRequest(const SignedRequest& request, const codec::SigV4Header& header);

// Thread-safe.
class SigV4Verifier {
 public:
  using Secrets = std::unordered_map<std::string, base::Secret>;  // by access key id

  static constexpr int64_t kGreatestSkewSeconds = 300;

  // `prefix`: the path of --public-url, which a proxy may have removed (public_path.h).
  SigV4Verifier(Secrets secrets, const base::Clock& clock, std::string prefix = {})
      : clock_(clock), prefix_(std::move(prefix)), secrets_(std::move(secrets)) {}

  // Replaces the secrets. A verification that is under way may still use the old ones.
  void Replace(Secrets secrets);

  // The region of the credential scope. Errors, with AWS's texts:
  // MissingAuthenticationTokenException, IncompleteSignatureException, UnrecognizedClientException,
  // InvalidSignatureException.
  base::Result<std::string> Verify(const SignedRequest& request);

  // Does the request name an access key that is known? This proves nothing.
  bool Names(const SignedRequest& request);

  // HMAC-SHA256 of `text` under the secret with which the request was signed, in hex. It proves
  // that the answer comes from somebody who knows the secret. Empty if Verify refuses the request.
  std::string Prove(const SignedRequest& request, std::string_view text);

 private:
  using Key = std::array<uint8_t, 32>;
  // nullopt if the server has no such access key.
  std::optional<Key> SigningKey(const codec::SigV4Header& header);
  // Is `header`'s signature that of `request` under `key`?
  bool Matches(const SignedRequest& request, const codec::SigV4Header& header,
               std::string_view date, const Key& key) const;

  const base::Clock& clock_;
  const std::string prefix_;
  std::mutex mutex_;
  Secrets secrets_;  // guarded by mutex_
  std::unordered_map<std::string, Key>
      signing_keys_;  // guarded by mutex_; by "access key/date/region"
};

// The region in the request's credential scope, whether the signature is valid or not; nullopt if
// there is none. Only for --insecure-any-credentials.
std::optional<std::string> ClaimedRegion(const SignedRequest& request);

}  // namespace sallyport::http
