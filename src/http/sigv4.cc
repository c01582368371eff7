#include "http/sigv4.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <ctime>
#include <span>

#include "base/encoding.h"
#include "base/text.h"
#include "domain/errors.h"
#include "http/public_path.h"

namespace sallyport::http {
namespace {

constexpr std::string_view kService = "cognito-idp";
constexpr std::string_view kTerminator = "aws4_request";
constexpr size_t kGreatestRegionLength = 32;
constexpr size_t kSigningKeysKept = 256;

using Digest = std::array<uint8_t, 32>;

Digest Sha256(std::string_view text) {
  Digest digest;
  SHA256(reinterpret_cast<const uint8_t*>(text.data()), text.size(), digest.data());
  return digest;
}

Digest Hmac(std::span<const uint8_t> key, std::string_view text) {
  Digest digest;
  unsigned size = digest.size();
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const uint8_t*>(text.data()), text.size(), digest.data(), &size);
  return digest;
}

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsLowerAlphanumeric(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z');
}

// Returns the part before the first `separator`, and removes it and the separator from `text`.
std::string_view Next(std::string_view& text, char separator) {
  const size_t at = text.find(separator);
  const std::string_view part = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return part;
}

std::string_view FindHeader(const SignedRequest& request, std::string_view name) {
  for (const auto& [field, value] : request.headers) {
    if (base::EqualIgnoringCase(field, name)) return base::Trim(value);
  }
  return {};
}

// For the log.
constexpr char kMalformed[] = "malformed Authorization header";
constexpr char kRefused[] = "signature refused";

// The unreserved characters of RFC 3986 section 2.3 stay as they are, and all others become %XX.
void AppendUriEncoded(std::string& out, std::string_view text, bool keep_slash) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  for (const char c : text) {
    const bool letter = IsLowerAlphanumeric(base::LowerCase(c));
    if (letter || c == '-' || c == '_' || c == '.' || c == '~' || (keep_slash && c == '/')) {
      out += c;
    } else {
      const auto byte = static_cast<uint8_t>(c);
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
}

std::string CanonicalQuery(std::string_view query) {
  std::vector<std::string> parts;
  while (!query.empty()) {
    const std::string_view part = Next(query, '&');
    if (part.empty()) continue;
    // Used as it arrived, already encoded, because signers send what they have signed.
    parts.emplace_back(part);
    if (part.find('=') == std::string_view::npos) parts.back() += '=';
  }
  std::sort(parts.begin(), parts.end());
  std::string joined;
  for (const std::string& part : parts) {
    if (!joined.empty()) joined += '&';
    joined += part;
  }
  return joined;
}

// Replaces each run of spaces by one space, and removes those at both ends.
void AppendCanonicalValue(std::string& out, std::string_view value) {
  bool space = false;
  for (const char c : base::Trim(value)) {
    const bool is_space = c == ' ' || c == '\t';
    if (!is_space) out += c;
    if (is_space && !space) out += ' ';
    space = is_space;
  }
}

void AppendCanonicalHeader(std::string& out, const SignedRequest& request, std::string_view name) {
  out += name;
  out += ':';
  bool first = true;
  for (const auto& [field, value] : request.headers) {
    if (!base::EqualIgnoringCase(field, name)) continue;
    if (!first) out += ',';
    first = false;
    AppendCanonicalValue(out, value);
  }
  out += '\n';
}

std::string IsoBasic(int64_t seconds) {
  const time_t time = seconds;
  std::tm tm{};
  gmtime_r(&time, &tm);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", tm.tm_year + 1900, tm.tm_mon + 1,
                     tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

base::Status CheckTime(std::string_view date, int64_t now) {
  constexpr int64_t kSkew = SigV4Verifier::kGreatestSkewSeconds;
  const std::optional<int64_t> at = codec::ParseBasicTime(date);
  if (!at) {
    return domain::error::kDateNotBasic.Because(kMalformed, date);
  }
  if (*at < now - kSkew) {
    return domain::error::kSignatureExpired.Because(kRefused, date, IsoBasic(now - kSkew),
                                                    IsoBasic(now));
  }
  if (*at > now + kSkew) {
    return domain::error::kSignatureNotYetCurrent.Because(kRefused, date, IsoBasic(now + kSkew),
                                                          IsoBasic(now));
  }
  return {};
}

base::Status CheckScope(const codec::SigV4Header& header, std::string_view date) {
  if (header.terminator != kTerminator) {
    return domain::error::kWrongTerminator.Because(kRefused, kTerminator, header.terminator);
  }
  if (header.service != kService) {
    return domain::error::kWrongService.Because(kRefused, kService);
  }
  if (header.date != date.substr(0, 8)) {
    return domain::error::kWrongDate.Because(kRefused, header.date, date.substr(0, 8), date);
  }
  return {};
}

bool IsRegion(std::string_view region) {
  return !region.empty() && region.size() <= kGreatestRegionLength &&
         std::all_of(region.begin(), region.end(),
                     [](char c) { return IsLowerAlphanumeric(c) || c == '-'; });
}

// The signature must cover everything that decides which call this is.
base::Status CheckSignedHeaders(const SignedRequest& request, const codec::SigV4Header& header) {
  const auto is_signed = [&header](std::string_view name) {
    return std::find(header.signed_headers.begin(), header.signed_headers.end(), name) !=
           header.signed_headers.end();
  };
  if (!is_signed("host")) {
    return domain::error::kHostNotSigned.Because(kRefused);
  }
  for (const std::string_view name : {"x-amz-date", "x-amz-target", "x-amz-security-token"}) {
    if (!FindHeader(request, name).empty() && !is_signed(name)) {
      return domain::error::kHeaderNotSigned.Because(kRefused, name);
    }
  }
  return {};
}

base::Error ErrorOf(const codec::SigV4Problem& problem, std::string_view header) {
  using Kind = codec::SigV4Problem::Kind;
  const std::string authorization = "(Hashed with SHA-256 and encoded with Base64) Authorization=" +
                                    base::Base64Encode(Sha256(header));
  switch (problem.kind) {
    case Kind::kOtherAlgorithm:
      return domain::error::kUnsupportedAlgorithm.Because(kMalformed, authorization);
    case Kind::kNoPair:
      return domain::error::kInvalidKeyValuePair.Because(kMalformed, authorization);
    case Kind::kParameterMissing: {
      std::string missing;
      for (const std::string_view name : problem.missing) {
        missing += domain::error::kParameterMissing.Text(name);
      }
      return domain::error::kParametersMissing.Because(kMalformed, missing, authorization);
    }
    case Kind::kCredential:
      break;
  }
  return domain::error::kCredentialIncomplete.Because(kMalformed, authorization);
}

}  // namespace

base::Result<codec::SigV4Header> ReadSigV4Header(std::string_view value) {
  auto header = codec::ParseSigV4Header(value);
  if (!header) return ErrorOf(header.error(), base::Trim(value));
  return std::move(header).value();
}

std::string CanonicalRequest(const SignedRequest& request, const codec::SigV4Header& header) {
  std::string_view query = request.target;
  const std::string_view path = Next(query, '?');
  std::string text;
  text.reserve(512);
  text += request.method;
  text += '\n';
  AppendUriEncoded(text, path.empty() ? "/" : path, true);
  text += '\n';
  text += CanonicalQuery(query);
  text += '\n';
  for (const std::string_view name : header.signed_headers) {
    AppendCanonicalHeader(text, request, name);
  }
  text += '\n';
  for (size_t i = 0; i < header.signed_headers.size(); ++i) {
    if (i > 0) text += ';';
    text += header.signed_headers[i];
  }
  text += '\n';
  text += base::HexEncode(Sha256(request.body));
  return text;
}

base::Result<std::string> SigV4Verifier::Verify(const SignedRequest& request) {
  const std::string_view authorization = FindHeader(request, "authorization");
  if (authorization.empty()) {
    return domain::error::kNotSigned.Because("no Authorization header");
  }
  SALLYPORT_ASSIGN(const codec::SigV4Header header, ReadSigV4Header(authorization));
  const std::string_view date = FindHeader(request, "x-amz-date");
  if (date.empty()) {
    return domain::error::kDateMissing.Because(kMalformed);
  }
  SALLYPORT_TRY(CheckScope(header, date));
  SALLYPORT_TRY(CheckTime(date, clock_.WallSeconds()));
  if (!IsRegion(header.region)) {
    return domain::error::kWrongRegion.Because(kRefused);
  }
  const std::optional<Key> known = SigningKey(header);
  // This server issues no temporary credentials, so no session token is valid.
  if (!known || !FindHeader(request, "x-amz-security-token").empty()) {
    return domain::error::kUnknownAccessKey.Because("unknown access key");
  }
  SALLYPORT_TRY(CheckSignedHeaders(request, header));

  const Key& key = *known;
  if (Matches(request, header, date, key)) return std::string(header.region);
  SignedRequest before = request;
  for (const std::string& target : SignedTargets(request.target, prefix_)) {
    if (target == request.target) continue;
    before.target = target;
    if (Matches(before, header, date, key)) return std::string(header.region);
  }
  return domain::error::kSignatureMismatch.Because(kRefused);
}

bool SigV4Verifier::Matches(const SignedRequest& request, const codec::SigV4Header& header,
                            std::string_view date, const Key& key) const {
  const std::string to_sign =
      fmt::format("{}\n{}\n{}/{}/{}/{}\n{}", codec::kSigV4Algorithm, date, header.date,
                  header.region, header.service, header.terminator,
                  base::HexEncode(Sha256(CanonicalRequest(request, header))));
  return base::ConstantTimeEqual(base::HexEncode(Hmac(key, to_sign)), header.signature);
}

bool SigV4Verifier::Names(const SignedRequest& request) {
  const std::string_view authorization = FindHeader(request, "authorization");
  if (authorization.empty()) return false;
  const auto header = ReadSigV4Header(authorization);
  if (!header) return false;
  const std::lock_guard lock(mutex_);
  return secrets_.contains(std::string(header->access_key));
}

std::string SigV4Verifier::Prove(const SignedRequest& request, std::string_view text) {
  // Otherwise callers could have texts of their own choice signed with it.
  if (!Verify(request)) return {};
  const auto header = ReadSigV4Header(FindHeader(request, "authorization"));
  if (!header) return {};
  const std::lock_guard lock(mutex_);
  const auto secret = secrets_.find(std::string(header->access_key));
  if (secret == secrets_.end()) return {};
  return base::HexEncode(Hmac(base::AsBytes(secret->second.Reveal()), text));
}

void SigV4Verifier::Replace(Secrets secrets) {
  const std::lock_guard lock(mutex_);
  secrets_ = std::move(secrets);
  signing_keys_.clear();
}

// Both maps are changed under one lock, so that no key of a replaced secret is kept.
std::optional<SigV4Verifier::Key> SigV4Verifier::SigningKey(const codec::SigV4Header& header) {
  const std::string name = fmt::format("{}/{}/{}", header.access_key, header.date, header.region);
  const std::lock_guard lock(mutex_);
  if (const auto found = signing_keys_.find(name); found != signing_keys_.end()) {
    return found->second;
  }
  const auto secret = secrets_.find(std::string(header.access_key));
  if (secret == secrets_.end()) return std::nullopt;
  std::string first = "AWS4";
  first += secret->second.Reveal();
  Digest key = Hmac(base::AsBytes(first), header.date);
  base::Wipe(first);
  key = Hmac(key, header.region);
  key = Hmac(key, header.service);
  key = Hmac(key, header.terminator);
  if (signing_keys_.size() >= kSigningKeysKept) signing_keys_.clear();
  signing_keys_.emplace(name, key);
  return key;
}

std::optional<std::string> ClaimedRegion(const SignedRequest& request) {
  const auto header = ReadSigV4Header(FindHeader(request, "authorization"));
  if (!header || !IsRegion(header->region)) return std::nullopt;
  return std::string(header->region);
}

}  // namespace sallyport::http
