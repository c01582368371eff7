// AWS Signature Version 4 of an HTTP request, signed in its Authorization header.
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

// A request as it came. Header names in any case; a name may occur more than once.
struct SignedRequest {
  std::string_view method;
  std::string_view target;  // path and query, as in the request line
  std::vector<std::pair<std::string_view, std::string_view>> headers;
  std::string_view body;
};

// IncompleteSignatureException or InvalidSignatureException where the text is not a SigV4 header.
base::Result<codec::SigV4Header> ReadSigV4Header(std::string_view value);

// The text whose SHA-256 is signed (the reference, "Create a canonical request").
std::string CanonicalRequest(const SignedRequest& request, const codec::SigV4Header& header);

// Thread-safe.
class SigV4Verifier {
 public:
  using Secrets = std::unordered_map<std::string, base::Secret>;  // by access key id

  static constexpr int64_t kGreatestSkewSeconds = 300;

  // `prefix`: the path of --public-url, which a proxy may have taken away (public_path.h).
  SigV4Verifier(Secrets secrets, const base::Clock& clock, std::string prefix = {})
      : clock_(clock), prefix_(std::move(prefix)), secrets_(std::move(secrets)) {}

  // From now on these are the secrets; what is being verified may still be so by the old ones.
  void Replace(Secrets secrets);

  // The region of the credential scope. Errors, with AWS's texts:
  // MissingAuthenticationTokenException, IncompleteSignatureException, UnrecognizedClientException,
  // InvalidSignatureException.
  base::Result<std::string> Verify(const SignedRequest& request);

  // Whether the request names an access key that is known. No proof of anything.
  bool Names(const SignedRequest& request);

  // HMAC-SHA256 of `text` under the secret that the request was signed with, as hex: that the
  // answer comes from who knows it. Empty where Verify refuses the request.
  std::string Prove(const SignedRequest& request, std::string_view text);

 private:
  using Key = std::array<uint8_t, 32>;
  // nullopt where the server has no such access key.
  std::optional<Key> SigningKey(const codec::SigV4Header& header);
  // Whether `header`'s signature is that of `request` under `key`.
  bool Matches(const SignedRequest& request, const codec::SigV4Header& header,
               std::string_view date, const Key& key) const;

  const base::Clock& clock_;
  const std::string prefix_;
  std::mutex mutex_;
  Secrets secrets_;  // guarded by mutex_
  std::unordered_map<std::string, Key>
      signing_keys_;  // guarded by mutex_; by "access key/date/region"
};

// The region that the request's credential scope names, whether or not it is signed well; nullopt
// where there is none. For --insecure-any-credentials alone.
std::optional<std::string> ClaimedRegion(const SignedRequest& request);

}  // namespace sallyport::http
