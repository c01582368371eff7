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
#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "domain/records/expiry.h"
#include "domain/records/json.h"
#include "domain/records/record.h"
#include "domain/tokens/family.h"
#include "domain/tokens/revoke.h"
#include "domain/users/user.h"
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

std::string CodeKeyOf(std::string_view text) {
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

base::Status CheckPresented(const AuthorizationCode& code, const Client& client,
                            const CodePresented& presented) {
  if (code.client_id != client.id) return error::kInvalidGrant.Because("another client's code");
  const bool same_uri = presented.redirect_uri.empty()
                            ? !code.redirect_given
                            : presented.redirect_uri == code.redirect_uri;
  if (!same_uri) return error::kInvalidGrant.Because("not the redirect URI of the request");
  // A verifier for a code without a challenge is a downgrade by whoever took the challenge away.
  const bool proved = code.challenge.empty() ? presented.verifier.empty()
                                             : IsVerifierOf(presented.verifier, code.challenge);
  if (!proved) return error::kInvalidGrant.Because("not the verifier of the request's challenge");
  return {};
}

base::Result<std::variant<TokenIssuance, CodeReused>> RevokeBornOf(const Services& services,
                                                                   const std::string& key) {
  const auto revoke = [&](store::LogTx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const AuthorizationCode code, GetAuthorizationCode(tx, key));
    SALLYPORT_ASSIGN(std::optional<TokenFamily> family, GetFamily(tx, code.family));
    if (!family) return {};
    return RevokeFamily(tx, *family, services.clock.WallSeconds());
  };
  SALLYPORT_ASSIGN(const store::Release release, CommitRevoking(services, revoke));
  return std::variant<TokenIssuance, CodeReused>(CodeReused{release});
}

// The part of the birth's commit that makes sure that the code is what it was.
base::Status UseCode(store::LogTx& tx, const std::string& key, const User& user,
                     const TokenFamily& family) {
  SALLYPORT_ASSIGN(AuthorizationCode code, GetAuthorizationCode(tx, key));
  if (code.used) return error::kAuthorizationCodeUsed();
  SALLYPORT_ASSIGN(auto session, StandingBrowserSession(tx, user, code.browser_session));
  if (!session) return error::kInvalidGrant.Because("signed out since");
  code.used = true;
  code.family = family.id;
  SALLYPORT_TRY(PutAuthorizationCode(tx, key, code));
  return UseBrowserSession(tx, *std::move(session), family.created_millis, family.device);
}

base::Result<SignIn> ReadRedemption(const Services& services, const AuthorizationCode& code,
                                    const std::string& key,
                                    const std::shared_ptr<const Client>& client,
                                    const ContextData& context) {
  SALLYPORT_ASSIGN(auto pool, GetPool(services, code.pool_id));
  SALLYPORT_ASSIGN(auto user, GetUser(services.store, code.pool_id, code.sub));
  if (!user || !user->enabled) return error::kInvalidGrant.Because("the user is gone or disabled");
  SignIn sign_in{.pool = std::move(pool),
                 .client = client,
                 .user = *std::move(user),
                 .change = {},
                 .context = context,
                 .token_source = "TokenGeneration_HostedAuth",
                 .factors = code.factors,
                 .grant = OAuthGrant{.scope = code.scope,
                                     .nonce = code.nonce,
                                     .resource = code.resource,
                                     .browser_session = code.browser_session,
                                     .auth_time = code.auth_time}};
  sign_in.also = [key](store::LogTx& tx, const User& present, TokenFamily& family) {
    return UseCode(tx, key, present, family);
  };
  return sign_in;
}

}  // namespace

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
  return PutAuthorizationCode(tx, CodeKeyOf(text), code);
}

base::Result<std::variant<TokenIssuance, CodeReused>> RedeemCode(
    const Services& services, const std::shared_ptr<const Client>& client,
    const CodePresented& presented, const ContextData& context) {
  const std::string key = CodeKeyOf(presented.code);
  SALLYPORT_ASSIGN(const AuthorizationCode code, GetAuthorizationCode(services.store, key));
  SALLYPORT_TRY(CheckPresented(code, *client, presented));
  if (code.used) return RevokeBornOf(services, key);
  if (services.clock.HasPassed(code.expires_millis, code.ends_millis)) {
    return error::kInvalidGrant.Because("the code has expired");
  }
  SALLYPORT_ASSIGN(const SignIn sign_in, ReadRedemption(services, code, key, client, context));
  auto issued = CompleteSignIn(services, sign_in);
  if (issued) return std::variant<TokenIssuance, CodeReused>(*std::move(issued));
  // Another call was quicker.
  if (error::kAuthorizationCodeUsed.Is(issued.error())) return RevokeBornOf(services, key);
  // A pool's function has let the caller know that it refuses; what the commit found to be another
  // than it was is for nobody to know.
  return std::move(issued).error();
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
