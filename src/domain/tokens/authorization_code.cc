#include "domain/tokens/authorization_code.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <utility>

#include "base/encoding.h"
#include "base/random.h"
#include "base/secret.h"
#include "domain/errors.h"
#include "domain/keys/vault.h"
#include "domain/records/digest.h"
#include "domain/records/json.h"
#include "domain/records/record.h"
#include "domain/services.h"
#include "domain/tokens/time_to_issue.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

constexpr std::string_view kCodePrefix = "authorization-code/";
// The length of the codes of earlier versions.
constexpr size_t kRecordedText = 43;
constexpr size_t kLeastVerifier = 43;
constexpr size_t kGreatestVerifier = 128;

constexpr auto kCodeDevice =
    RecordOf<Device>(Sparse("Device", &Device::type), Sparse("Ip", &Device::ip));

// The form of the record, and of what is sealed in a code's text.
constexpr auto kAuthorizationCodeRecord = RecordOf<AuthorizationCode>(
    Member("PoolId", &AuthorizationCode::pool_id),
    Member("ClientId", &AuthorizationCode::client_id), Member("Sub", &AuthorizationCode::sub),
    Member("BrowserSession", &AuthorizationCode::browser_session),
    Member("RedirectUri", &AuthorizationCode::redirect_uri),
    Member("RedirectGiven", &AuthorizationCode::redirect_given, true),
    Sparse("Challenge", &AuthorizationCode::challenge), Member("Scope", &AuthorizationCode::scope),
    Sparse("Nonce", &AuthorizationCode::nonce), Sparse("Resource", &AuthorizationCode::resource),
    Sparse("IdTokenClaims", &AuthorizationCode::id_token_claims),
    Sparse("UserInfoClaims", &AuthorizationCode::user_info_claims),
    Member("AuthTime", &AuthorizationCode::auth_time), Member("Amr", &AuthorizationCode::factors),
    Inline(&AuthorizationCode::device, kCodeDevice),
    Member("Expires", &AuthorizationCode::expires_millis),
    Member("Ends", &AuthorizationCode::ends_millis),
    // A record without this member was not written by this server.
    Member("Used", &AuthorizationCode::used, true), Sparse("Family", &AuthorizationCode::family));

// A code is good for one history of one store: after a restore and `recover` it is not known which
// codes were used.
std::string SealedFor(const Services& services) {
  return std::string(kCodePrefix) + base::HexEncode(services.store.log_id());
}

base::Result<AuthorizationCode> ParseCode(std::string_view name, std::string_view bytes) {
  SALLYPORT_ASSIGN(const json::object record, ParseRecord(name, bytes));
  return kAuthorizationCodeRecord.Read(record);
}

// Without the Vault's key, nobody can find another text with the same id.
std::string FamilyOf(const Vault& vault, std::string_view text) {
  const std::string mac = vault.Mac("the family of an authorization code", text);
  return base::UuidOf(base::AsBytes(mac).first<base::kUuidBytes>());
}

base::Result<AuthorizationCode> ReadRecorded(store::Reader& reader, std::string_view text) {
  const std::string key = std::string(kCodePrefix) + Sha256TextOf(text);
  SALLYPORT_ASSIGN(const std::optional<std::string> bytes, reader.Get(key));
  if (!bytes) return error::kInvalidGrant.Because("no such code");
  return ParseCode(key, *bytes);
}

base::Result<AuthorizationCode> ReadSealed(const Services& services, std::string_view text) {
  const auto opened = services.vault.OpenOneOfMany(SealedFor(services), text);
  if (!opened) return error::kInvalidGrant.Because("no such code");
  return ParseCode(kCodePrefix, *opened);
}

}  // namespace

base::Result<AuthorizationCode> ReadAuthorizationCode(store::Reader& reader,
                                                      const Services& services,
                                                      std::string_view text) {
  SALLYPORT_ASSIGN(AuthorizationCode code, text.size() == kRecordedText
                                               ? ReadRecorded(reader, text)
                                               : ReadSealed(services, text));
  if (code.family.empty()) code.family = FamilyOf(services.vault, text);
  return code;
}

base::Result<std::string> MakeAuthorizationCode(const Services& services, AuthorizationCode code,
                                                const BrowserSession& session) {
  SALLYPORT_TRY(MayIssue(services));
  constexpr int64_t kLife = kAuthorizationCodeSeconds * 1000;
  code.pool_id = session.pool_id;
  code.sub = session.sub;
  code.browser_session = session.id;
  code.auth_time = session.auth_time;
  code.factors = session.factors;
  code.expires_millis = services.clock.WallMillis() + kLife;
  code.ends_millis = services.clock.watched().millis() + kLife;
  return services.vault.SealOneOfMany(SealedFor(services),
                                      json::serialize(kAuthorizationCodeRecord.Write(code)));
}

bool IsVerifier(std::string_view text) {
  return text.size() >= kLeastVerifier && text.size() <= kGreatestVerifier &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return base::kAlphanumeric.find(c) != std::string_view::npos || c == '-' || c == '.' ||
                  c == '_' || c == '~';
         });
}

bool IsVerifierOf(std::string_view verifier, std::string_view challenge) {
  return IsVerifier(verifier) && base::ConstantTimeEqual(Sha256TextOf(verifier), challenge);
}

}  // namespace sallyport::domain
