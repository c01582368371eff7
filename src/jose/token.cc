#include "jose/token.h"

#include <algorithm>
#include <functional>
#include <utility>

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
  // Texts that `json` has with escapes are kept in `unescaped`.
  ClaimsVisitor(std::string_view json, Claims& claims, std::unique_ptr<char[]>& unescaped)
      : json_(json), claims_(claims), unescaped_(unescaped) {}

  bool OnString(std::string_view name, std::string_view value) override {
    if (std::string_view* const text = Text(name)) {
      *text = Keep(value);
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
  std::string_view* Text(std::string_view name) {
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

  // Names are unique and unescaping lengthens nothing, so all texts together fit into as much
  // memory as the whole object takes.
  std::string_view Keep(std::string_view value) {
    const std::less_equal<> before;
    const bool in_json = before(json_.data(), value.data()) &&
                         before(value.data() + value.size(), json_.data() + json_.size());
    if (in_json || value.empty()) return in_json ? value : std::string_view();
    if (!unescaped_) unescaped_ = std::make_unique_for_overwrite<char[]>(json_.size());
    char* const copy = unescaped_.get() + used_;
    used_ += value.copy(copy, value.size());
    return {copy, value.size()};
  }

  const std::string_view json_;
  Claims& claims_;
  std::unique_ptr<char[]>& unescaped_;
  size_t used_ = 0;
};

// What a part of a token decodes to, in memory of the caller's.
struct Part {
  std::string_view text;
  size_t size = 0;  // decoded

  // False: no bytes have a text of that length.
  bool Measure(std::string_view encoded) {
    const auto decoded = base::Base64UrlDecodedSize(encoded.size());
    if (encoded.empty() || !decoded) return false;
    text = encoded;
    size = *decoded;
    return true;
  }
  bool DecodeInto(char* out) const {
    return base::Base64UrlDecodeInto(text, {reinterpret_cast<uint8_t*>(out), size});
  }
};

// Gives the kid, or why the header is refused.
base::Result<std::string> ReadHeader(const Part& part) {
  std::string header(part.size, '\0');
  if (!part.DecodeInto(header.data())) return InvalidToken("header: not base64url");
  HeaderVisitor visitor;
  if (const char* why = VisitObject(header, visitor)) {
    return InvalidToken(std::string("header: ") + why);
  }
  if (!visitor.complete()) return InvalidToken("header: alg or kid is missing");
  return std::move(visitor.kid);
}

}  // namespace

const std::string* SeenHeaders::FindKid(std::string_view text) const {
  const auto found = std::find_if(headers_.begin(), headers_.end(),
                                  [text](const Header& header) { return header.text == text; });
  return found == headers_.end() ? nullptr : &found->kid;
}

void SeenHeaders::Add(std::string_view text, std::string_view kid) {
  if (text.size() > kGreatestSize) return;
  headers_[next_] = {std::string(text), std::string(kid)};
  next_ = (next_ + 1) % headers_.size();
}

base::Result<UnverifiedToken> UnverifiedToken::Parse(std::string_view compact, SeenHeaders* seen) {
  if (compact.size() > kMaxSize) return InvalidToken("longer than the greatest size");
  const size_t first = compact.find('.');
  const size_t last = compact.rfind('.');
  if (first == compact.npos || first == last) return InvalidToken("not three parts");
  Part header, payload, signature;
  if (!header.Measure(compact.substr(0, first))) return InvalidToken("header: not base64url");
  const std::string* known = seen ? seen->FindKid(header.text) : nullptr;
  std::string read;
  if (!known) {
    SALLYPORT_ASSIGN(read, ReadHeader(header));
    if (seen) seen->Add(header.text, read);
    known = &read;
  }
  // A further dot is not base64url, so decoding the payload fails.
  if (!payload.Measure(compact.substr(first + 1, last - first - 1))) {
    return InvalidToken("payload: not base64url");
  }
  if (!signature.Measure(compact.substr(last + 1)) || signature.size > kMaxSignature) {
    return InvalidToken("signature: not base64url, or too long");
  }
  UnverifiedToken token;
  token.memory_ =
      std::make_unique_for_overwrite<char[]>(payload.size + signature.size + known->size());
  char* const payload_at = token.memory_.get();
  char* const signature_at = payload_at + payload.size;
  char* const kid_at = signature_at + signature.size;
  if (!payload.DecodeInto(payload_at)) return InvalidToken("payload: not base64url");
  if (!signature.DecodeInto(signature_at)) {
    return InvalidToken("signature: not base64url, or too long");
  }
  token.signing_input_ = compact.substr(0, last);
  token.payload_ = {payload_at, payload.size};
  token.signature_ = {reinterpret_cast<const uint8_t*>(signature_at), signature.size};
  token.kid_ = {kid_at, known->copy(kid_at, known->size())};
  return token;
}

base::Result<VerifiedToken> VerifiedToken::Verify(UnverifiedToken token, const PublicKey& key) {
  if (!key.Verify(token.signing_input_, token.signature_)) {
    return InvalidToken(std::string(kBadSignature));
  }
  VerifiedToken verified;
  verified.claims_.json = token.payload_;
  verified.memory_ = std::move(token.memory_);
  ClaimsVisitor visitor(verified.claims_.json, verified.claims_, verified.unescaped_);
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
