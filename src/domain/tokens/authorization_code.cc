#include "domain/tokens/authorization_code.h"

#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/encoding.h"
#include "base/random.h"
#include "base/secret.h"
#include "domain/errors.h"
#include "domain/records/expiry.h"
#include "domain/records/json.h"
#include "domain/records/record.h"
#include "domain/services.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

constexpr size_t kAuthorizationCodeBytes = 32;
constexpr int64_t kCodeRemembered = 3600;
constexpr size_t kLeastVerifier = 43;
constexpr size_t kGreatestVerifier = 128;

constexpr auto kAuthorizationCodeRecord = RecordOf<AuthorizationCode>(
    Member("PoolId", &AuthorizationCode::pool_id),
    Member("ClientId", &AuthorizationCode::client_id), Member("Sub", &AuthorizationCode::sub),
    Member("BrowserSession", &AuthorizationCode::browser_session),
    Member("RedirectUri", &AuthorizationCode::redirect_uri),
    Member("RedirectGiven", &AuthorizationCode::redirect_given, true),
    Sparse("Challenge", &AuthorizationCode::challenge), Member("Scope", &AuthorizationCode::scope),
    Sparse("Nonce", &AuthorizationCode::nonce), Sparse("Resource", &AuthorizationCode::resource),
    Member("AuthTime", &AuthorizationCode::auth_time), Member("Amr", &AuthorizationCode::factors),
    Member("Expires", &AuthorizationCode::expires_millis),
    Member("Ends", &AuthorizationCode::ends_millis),
    // A record without this member was not written by this server.
    Member("Used", &AuthorizationCode::used, true), Sparse("Family", &AuthorizationCode::family));

std::string Sha256Text(std::string_view text) {
  std::array<uint8_t, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const uint8_t*>(text.data()), text.size(), hash.data());
  return base::Base64UrlEncode(hash);
}

}  // namespace

std::string AuthorizationCodeKey(std::string_view text) {
  return "authorization-code/" + Sha256Text(text);
}

base::Status PutAuthorizationCode(store::Tx& tx, const std::string& key,
                                  const AuthorizationCode& code) {
  return tx.Put(key, json::serialize(kAuthorizationCodeRecord.Write(code)),
                {{std::string(kAuthorizationCodesByExpiry),
                  ExpirySort(code.ends_millis / 1000 + kCodeRemembered)}});
}

base::Result<AuthorizationCode> GetAuthorizationCode(store::Reader& reader,
                                                     const std::string& key) {
  SALLYPORT_ASSIGN(const std::optional<std::string> bytes, reader.Get(key));
  if (!bytes) return error::kInvalidGrant.Because("no such code");
  SALLYPORT_ASSIGN(const json::object record, ParseRecord(key, *bytes));
  return kAuthorizationCodeRecord.Read(record);
}

std::string RandomAuthorizationCode() {
  std::array<uint8_t, kAuthorizationCodeBytes> bytes{};
  base::RandomBytes(bytes);
  return base::Base64UrlEncode(bytes);
}

base::Status PutNewCode(store::Tx& tx, const Services& services, std::string_view text,
                        AuthorizationCode code, const BrowserSession& session) {
  constexpr int64_t kLife = kAuthorizationCodeSeconds * 1000;
  code.pool_id = session.pool_id;
  code.sub = session.sub;
  code.browser_session = session.id;
  code.auth_time = session.auth_time;
  code.factors = session.factors;
  code.expires_millis = services.clock.WallMillis() + kLife;
  code.ends_millis = services.clock.watched().millis() + kLife;
  return PutAuthorizationCode(tx, AuthorizationCodeKey(text), code);
}

bool IsVerifier(std::string_view text) {
  return text.size() >= kLeastVerifier && text.size() <= kGreatestVerifier &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return base::kAlphanumeric.find(c) != std::string_view::npos || c == '-' || c == '.' ||
                  c == '_' || c == '~';
         });
}

bool IsVerifierOf(std::string_view verifier, std::string_view challenge) {
  return IsVerifier(verifier) && base::ConstantTimeEqual(Sha256Text(verifier), challenge);
}

}  // namespace sallyport::domain
