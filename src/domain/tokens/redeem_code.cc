#include "domain/tokens/redeem_code.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "domain/clients/client.h"
#include "domain/errors.h"
#include "domain/keys/key_ring.h"
#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "domain/tokens/authorization_code.h"
#include "domain/tokens/browser_session.h"
#include "domain/tokens/family.h"
#include "domain/tokens/revoke.h"
#include "domain/tokens/scope.h"
#include "domain/users/user.h"
#include "store/store.h"

namespace sallyport::domain {

namespace {

base::Status CheckPresented(const AuthorizationCode& code, const Client& client,
                            const CodePresented& presented) {
  if (code.client_id != client.id) return error::kInvalidGrant.Because("another client's code");
  const bool same_uri = presented.redirect_uri.empty()
                            ? !code.redirect_given
                            : presented.redirect_uri == code.redirect_uri;
  if (!same_uri) return error::kInvalidGrant.Because("not the redirect URI of the request");
  // If there is a verifier but the code has no challenge, an attacker has removed the challenge
  // from the request (a downgrade).
  const bool proved = code.challenge.empty() ? presented.verifier.empty()
                                             : IsVerifierOf(presented.verifier, code.challenge);
  if (!proved) return error::kInvalidGrant.Because("not the verifier of the request's challenge");
  if (!presented.resource.empty() && presented.resource != code.resource) {
    return error::kOtherTarget();
  }
  return {};
}

base::Result<std::variant<TokenIssuance, CodeReused>> RevokeBornOf(const Services& services,
                                                                   const AuthorizationCode& code) {
  const auto revoke = [&](store::LogTx& tx) -> base::Status {
    SALLYPORT_ASSIGN(std::optional<TokenFamily> family, GetFamily(tx, code.family));
    if (!family) return {};
    return RevokeFamily(tx, *family, services.clock.WallSeconds());
  };
  SALLYPORT_ASSIGN(const store::Release release, CommitRevoking(services, revoke));
  return std::variant<TokenIssuance, CodeReused>(CodeReused{release});
}

base::Result<bool> IsUsed(store::Reader& reader, const AuthorizationCode& code) {
  if (code.used) return true;
  SALLYPORT_ASSIGN(const std::optional<std::string> family, reader.Get(FamilyKey(code.family)));
  return family.has_value();
}

base::Status CheckTime(const Services& services, const AuthorizationCode& code) {
  if (services.clock.HasPassed(code.expires_millis, code.ends_millis)) {
    return error::kInvalidGrant.Because("the code has expired");
  }
  return {};
}

// The part of the commit that checks again what may have changed since the code was read. The time,
// too: the family of a used code is forgotten some day, and this call may have been held up until
// then.
base::Status UseCode(store::LogTx& tx, const Services& services, const AuthorizationCode& code,
                     const Pool& pool, const User& user, const TokenFamily& family) {
  SALLYPORT_ASSIGN(const bool used, IsUsed(tx, code));
  if (used) return error::kAuthorizationCodeUsed();
  SALLYPORT_TRY(CheckTime(services, code));
  SALLYPORT_ASSIGN(auto session, StandingBrowserSession(tx, user, code.browser_session));
  if (!session) return error::kInvalidGrant.Because("signed out since");
  return PutBornIn(tx, pool, *std::move(session), family, code.device);
}

// `services` and `code` must outlive it.
base::Result<SignIn> ReadRedemption(const Services& services, const AuthorizationCode& code,
                                    const std::shared_ptr<const Client>& client,
                                    const ContextData& context) {
  SALLYPORT_ASSIGN(auto pool, GetPool(services, code.pool_id));
  SALLYPORT_ASSIGN(auto user, GetUser(services.store, code.pool_id, code.sub));
  if (!user || !user->enabled) return error::kInvalidGrant.Because("the user is gone or disabled");
  const auto& callbacks = client->settings.callback_urls;
  if (std::find(callbacks.begin(), callbacks.end(), code.redirect_uri) == callbacks.end()) {
    return error::kInvalidGrant.Because("the redirect URI is no longer one of the client's");
  }
  SALLYPORT_ASSIGN(std::string scope, ScopesLeft(services.store, *pool, *client, code.scope));
  if (scope.empty())
    return error::kInvalidGrant.Because("the client has lost every scope of the code");
  const bool narrowed = scope != code.scope;
  SignIn sign_in{.pool = std::move(pool),
                 .client = client,
                 .user = *std::move(user),
                 .change = {},
                 .context = context,
                 .token_source = "TokenGeneration_HostedAuth",
                 .factors = code.factors,
                 .grant = OAuthGrant{.scope = std::move(scope),
                                     .family = code.family,
                                     .nonce = code.nonce,
                                     .resource = code.resource,
                                     .browser_session = code.browser_session,
                                     .auth_time = code.auth_time,
                                     .narrowed = narrowed,
                                     .id_token_claims = code.id_token_claims,
                                     .user_info_claims = code.user_info_claims}};
  sign_in.also = [&services, &code, pool = sign_in.pool](store::LogTx& tx, const User& present,
                                                         TokenFamily& family) {
    return UseCode(tx, services, code, *pool, present, family);
  };
  return sign_in;
}

// What a redemption reads, up to its commit, which checks all of it again (WriteSignIn, UseCode).
store::Expecting ExpectRedemption(const Services& services, const AuthorizationCode& code) {
  store::ReadAhead* const ahead = services.store.read_ahead();
  if (ahead == nullptr) return {};
  return {ahead, store::Reads{.keys = {FamilyKey(code.family), PoolKey(code.pool_id),
                                       UserKey(code.pool_id, code.sub), ClientKey(code.client_id),
                                       BrowserSessionKey(code.browser_session)},
                              .following = {},
                              .firsts = {FirstKeyOf(code.pool_id)}}};
}

// What the tokens of `code` are issued for; nullopt: it was used before.
base::Result<std::optional<SignIn>> ReadUnused(const Services& services,
                                               const AuthorizationCode& code,
                                               const std::shared_ptr<const Client>& client,
                                               const ContextData& context) {
  SALLYPORT_ASSIGN(const bool used, IsUsed(services.store, code));
  if (used) return std::optional<SignIn>();
  SALLYPORT_TRY(CheckTime(services, code));
  SALLYPORT_ASSIGN(SignIn sign_in, ReadRedemption(services, code, client, context));
  return std::optional(std::move(sign_in));
}

}  // namespace

base::Result<std::variant<TokenIssuance, CodeReused>> RedeemCode(
    const Services& services, const std::shared_ptr<const Client>& client,
    const CodePresented& presented, const ContextData& context) {
  SALLYPORT_ASSIGN(const AuthorizationCode code,
                   ReadAuthorizationCode(services.store, services, presented.code));
  SALLYPORT_TRY(CheckPresented(code, *client, presented));
  const store::Expecting ahead = ExpectRedemption(services, code);
  SALLYPORT_ASSIGN(const std::optional<SignIn> sign_in,
                   ReadUnused(services, code, client, context));
  if (!sign_in) return RevokeBornOf(services, code);
  auto issued = CompleteSignIn(services, *sign_in);
  if (issued) return std::variant<TokenIssuance, CodeReused>(*std::move(issued));
  // Another call has used the code meanwhile.
  if (error::kAuthorizationCodeUsed.Is(issued.error())) return RevokeBornOf(services, code);
  // If a function of the pool has refused, the caller is told its message. The caller is not told
  // what the commit has found to be different.
  return std::move(issued).error();
}

}  // namespace sallyport::domain
