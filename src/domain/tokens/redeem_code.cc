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

// The part of the commit that checks that the code has not changed since it was read.
base::Status UseCode(store::LogTx& tx, const std::string& key, const User& user,
                     const TokenFamily& family) {
  SALLYPORT_ASSIGN(AuthorizationCode code, GetAuthorizationCode(tx, key));
  if (code.used) return error::kAuthorizationCodeUsed();
  SALLYPORT_ASSIGN(auto session, StandingBrowserSession(tx, user, code.browser_session));
  if (!session) return error::kInvalidGrant.Because("signed out since");
  code.used = true;
  code.family = family.id;
  SALLYPORT_TRY(PutAuthorizationCode(tx, key, code));
  return PutBornIn(tx, *std::move(session), family);
}

base::Result<SignIn> ReadRedemption(const Services& services, const AuthorizationCode& code,
                                    const std::string& key,
                                    const std::shared_ptr<const Client>& client,
                                    const ContextData& context) {
  SALLYPORT_ASSIGN(auto pool, GetPool(services, code.pool_id));
  SALLYPORT_ASSIGN(auto user, GetUser(services.store, code.pool_id, code.sub));
  if (!user || !user->enabled) return error::kInvalidGrant.Because("the user is gone or disabled");
  const auto& callbacks = client->settings.callback_urls;
  if (std::find(callbacks.begin(), callbacks.end(), code.redirect_uri) == callbacks.end()) {
    return error::kInvalidGrant.Because("the redirect URI is the client's no more");
  }
  SALLYPORT_ASSIGN(std::string scope, ScopesLeft(services.store, *pool, *client, code.scope));
  if (scope.empty()) return error::kInvalidGrant.Because("no scope is left");
  const bool narrowed = scope != code.scope;
  SignIn sign_in{.pool = std::move(pool),
                 .client = client,
                 .user = *std::move(user),
                 .change = {},
                 .context = context,
                 .token_source = "TokenGeneration_HostedAuth",
                 .factors = code.factors,
                 .grant = OAuthGrant{.scope = std::move(scope),
                                     .nonce = code.nonce,
                                     .resource = code.resource,
                                     .browser_session = code.browser_session,
                                     .auth_time = code.auth_time,
                                     .narrowed = narrowed,
                                     .id_token_claims = code.id_token_claims,
                                     .user_info_claims = code.user_info_claims}};
  sign_in.also = [key](store::LogTx& tx, const User& present, TokenFamily& family) {
    return UseCode(tx, key, present, family);
  };
  return sign_in;
}

}  // namespace

base::Result<std::variant<TokenIssuance, CodeReused>> RedeemCode(
    const Services& services, const std::shared_ptr<const Client>& client,
    const CodePresented& presented, const ContextData& context) {
  const std::string key = AuthorizationCodeKey(presented.code);
  SALLYPORT_ASSIGN(const AuthorizationCode code, GetAuthorizationCode(services.store, key));
  SALLYPORT_TRY(CheckPresented(code, *client, presented));
  // What follows reads these, and the commit (WriteSignIn, UseCode) rests on them.
  const store::Expecting ahead(
      services.store.read_ahead(),
      {.keys = {PoolKey(code.pool_id), UserKey(code.pool_id, code.sub), ClientKey(client->id),
                BrowserSessionKey(code.browser_session)},
       .following = {},
       .firsts = {FirstKeyOf(code.pool_id)}});
  if (code.used) return RevokeBornOf(services, key);
  if (services.clock.HasPassed(code.expires_millis, code.ends_millis)) {
    return error::kInvalidGrant.Because("the code has expired");
  }
  SALLYPORT_ASSIGN(const SignIn sign_in, ReadRedemption(services, code, key, client, context));
  auto issued = CompleteSignIn(services, sign_in);
  if (issued) return std::variant<TokenIssuance, CodeReused>(*std::move(issued));
  // Another call has used the code meanwhile.
  if (error::kAuthorizationCodeUsed.Is(issued.error())) return RevokeBornOf(services, key);
  // If a function of the pool has refused, the caller is told its message. The caller is not told
  // what the commit has found to be different.
  return std::move(issued).error();
}

}  // namespace sallyport::domain
