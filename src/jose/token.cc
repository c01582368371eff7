#include "jose/token.h"

#include <algorithm>

#include "base/encoding.h"
#include "jose/strict_json.h"

namespace sallyport::jose {
namespace {

base::Error InvalidToken(std::string cause) {
  return {"invalid_token", "The token is not valid", std::move(cause)};
}

// RFC 7515, section 4.1. Keys in the header, and places from which to fetch them (jwk, jku, x5u,
// x5c), are not even read: the key is found by kid among those that the caller trusts.
class HeaderVisitor final : public MemberVisitor {
 public:
  bool OnString(std::string_view name, std::string_view value) override {
    if (name == "alg") return has_alg_ = value == "RS256";
    // Sallyport's own tokens have no typ. Other kinds of JWT name theirs ("logout+jwt",
    // "secevent+jwt"), so that nobody mistakes them for access tokens (RFC 8725, section 3.11).
    if (name == "typ") return value == "JWT";
    if (name == "kid") kid = value;
    return name != "crit" && name != "b64";
  }
  bool OnInteger(std::string_view name, int64_t) override { return OnOther(name); }
  bool OnOther(std::string_view name) override {
    return name != "alg" && name != "typ" && name != "kid" && name != "crit" && name != "b64";
  }
  bool complete() const { return has_alg_ && !kid.empty(); }

  std::string kid;

 private:
  bool has_alg_ = false;
};

class ClaimsVisitor final : public MemberVisitor {
 public:
  explicit ClaimsVisitor(Claims& claims) : claims_(claims) {}

  bool OnString(std::string_view name, std::string_view value) override {
    if (std::string* const text = Text(name)) {
      *text = value;
      return true;
    }
    return !IsTime(name);
  }
  bool OnInteger(std::string_view name, int64_t value) override {
    if (name == "exp") claims_.exp = value;
    if (name == "iat") claims_.iat = value;
    if (name == "nbf") claims_.nbf = value;
    if (name == "auth_time") claims_.auth_time = value;
    return !Text(name) && (value >= 0 || !IsTime(name));
  }
  bool OnOther(std::string_view name) override { return !Text(name) && !IsTime(name); }

 private:
  static bool IsTime(std::string_view name) {
    return name == "exp" || name == "iat" || name == "nbf" || name == "auth_time";
  }
  std::string* Text(std::string_view name) {
    // By length first: most names are excluded without comparing a byte.
    switch (name.size()) {
      case 3:
        if (name == "iss") return &claims_.iss;
        if (name == "sub") return &claims_.sub;
        if (name == "aud") return &claims_.aud;
        if (name == "jti") return &claims_.jti;
        return nullptr;
      case 5:
        return name == "scope" ? &claims_.scope : nullptr;
      case 8:
        if (name == "event_id") return &claims_.event_id;
        return name == "username" ? &claims_.username : nullptr;
      case 9:
        if (name == "token_use") return &claims_.token_use;
        return name == "client_id" ? &claims_.client_id : nullptr;
      case 10:
        return name == "origin_jti" ? &claims_.origin_jti : nullptr;
      default:
        return nullptr;
    }
  }

  Claims& claims_;
};

bool Decode(std::string_view text, std::string& out) {
  const auto size = base::Base64UrlDecodedSize(text.size());
  if (text.empty() || !size) return false;
  out.resize(*size);
  return base::Base64UrlDecodeInto(text, {reinterpret_cast<uint8_t*>(out.data()), out.size()});
}

}  // namespace

base::Result<UnverifiedToken> UnverifiedToken::Parse(std::string_view compact) {
  if (compact.size() > kMaxSize) return InvalidToken("longer than the greatest size");
  const size_t first = compact.find('.');
  const size_t last = compact.rfind('.');
  if (first == compact.npos || first == last) return InvalidToken("not three parts");
  // A further dot is not base64url, so decoding the payload fails.
  UnverifiedToken token;
  token.signing_input_ = compact.substr(0, last);
  std::string header;
  if (!Decode(compact.substr(0, first), header)) return InvalidToken("header: not base64url");
  if (!Decode(compact.substr(first + 1, last - first - 1), token.payload_)) {
    return InvalidToken("payload: not base64url");
  }
  const std::string_view signature = compact.substr(last + 1);
  const auto size = base::Base64UrlDecodedSize(signature.size());
  if (signature.empty() || !size || *size > token.signature_.size() ||
      !base::Base64UrlDecodeInto(signature, {token.signature_.data(), *size})) {
    return InvalidToken("signature: not base64url, or too long");
  }
  token.signature_size_ = *size;

  HeaderVisitor visitor;
  if (const char* why = VisitObject(header, visitor)) {
    return InvalidToken(std::string("header: ") + why);
  }
  if (!visitor.complete()) return InvalidToken("header: alg or kid is missing");
  token.kid_ = std::move(visitor.kid);
  return token;
}

base::Result<VerifiedToken> VerifiedToken::Verify(UnverifiedToken token, const PublicKey& key) {
  if (!key.Verify(token.signing_input_, {token.signature_.data(), token.signature_size_})) {
    return InvalidToken(std::string(kBadSignature));
  }
  VerifiedToken verified;
  verified.claims_.json = std::move(token.payload_);
  ClaimsVisitor visitor(verified.claims_);
  if (const char* why = VisitObject(verified.claims_.json, visitor)) {
    return InvalidToken(std::string("payload: ") + why);
  }
  return verified;
}

std::optional<std::string> FindClaim(std::string_view json, std::string_view name) {
  return MemberText(json, name);
}

bool HasScope(std::string_view scope, std::string_view wanted) {
  if (wanted.empty()) return false;
  for (size_t at = 0; at <= scope.size();) {
    const size_t end = std::min(scope.find(' ', at), scope.size());
    if (scope.substr(at, end - at) == wanted) return true;
    at = end + 1;
  }
  return false;
}

}  // namespace sallyport::jose
