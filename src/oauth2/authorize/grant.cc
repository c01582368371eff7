#include "oauth2/authorize/grant.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "domain/errors.h"
#include "domain/records/commit.h"
#include "domain/tokens/authorization_code.h"
#include "domain/tokens/issue.h"
#include "domain/tokens/session_limit.h"
#include "domain/users/user.h"
#include "store/store.h"

namespace sallyport::oauth2 {
namespace {

constexpr int64_t kSecondsOfMinute = 60;

ClientAnswer AnswerOf(const domain::Services& services, const AuthorizationRequest& request,
                      std::vector<std::pair<std::string, std::string>> parameters) {
  ClientAnswer answer{request.redirect_uri, request.mode, std::move(parameters)};
  if (!request.state.empty()) answer.parameters.emplace_back("state", request.state);
  answer.parameters.emplace_back("iss", domain::IssuerOf(services.settings, request.pool->id));
  return answer;
}

Granted TokensAnswer(const domain::Services& services, const AuthorizationRequest& request,
                     domain::TokenIssuance issued) {
  domain::IssuedTokens& tokens = issued.tokens;
  std::vector<std::pair<std::string, std::string>> parameters;
  if (!tokens.id_token.empty()) parameters.emplace_back("id_token", std::move(tokens.id_token));
  parameters.emplace_back("access_token", std::move(tokens.access_token));
  parameters.emplace_back("token_type", "Bearer");
  parameters.emplace_back("expires_in", std::to_string(tokens.expires_in));
  return {AnswerOf(services, request, std::move(parameters)), issued.wait};
}

domain::AuthorizationCode CodeFor(const AuthorizationRequest& request) {
  domain::AuthorizationCode code;
  code.client_id = request.client->id;
  code.redirect_uri = request.redirect_uri;
  code.redirect_given = request.redirect_given;
  code.challenge = request.challenge;
  code.scope = request.scope;
  code.nonce = request.nonce;
  code.resource = request.resource;
  code.id_token_claims = request.id_token_claims;
  code.user_info_claims = request.user_info_claims;
  return code;
}

base::Result<Granted> CodeAnswer(const domain::Services& services,
                                 const AuthorizationRequest& request,
                                 domain::AuthorizationCode code,
                                 const domain::BrowserSession& session) {
  SALLYPORT_ASSIGN(std::string text,
                   domain::MakeAuthorizationCode(services, std::move(code), session));
  return Granted{AnswerOf(services, request, {{"code", std::move(text)}}),
                 store::Wait::NothingRevoked()};
}

domain::OAuthGrant ImplicitGrant(const AuthorizationRequest& request,
                                 const domain::BrowserSession& session) {
  return {.scope = request.scope,
          .nonce = request.nonce,
          .resource = request.resource,
          .browser_session = session.id,
          .auth_time = session.auth_time,
          .refreshes = false,
          .id_token_claims = request.id_token_claims,
          .user_info_claims = request.user_info_claims};
}

// For how long the client reuses a session (AWS's MaxValidityMinutes), and the request.
bool IsRecentEnough(const AuthorizationRequest& request, const domain::BrowserSession& session,
                    int64_t now_seconds) {
  int64_t age = request.client->sso_minutes * kSecondsOfMinute;
  if (request.max_age) age = std::min(age, *request.max_age);
  return now_seconds - session.auth_time < age;
}

// The session as it is in this commit.
base::Result<domain::BrowserSession> FindAgain(store::Tx& tx,
                                               const domain::BrowserSession& session) {
  SALLYPORT_ASSIGN(const auto user, domain::GetUser(tx, session.pool_id, session.sub));
  if (!user) return domain::error::kLoginRequired.Because("the user is gone");
  SALLYPORT_ASSIGN(auto present, domain::StandingBrowserSession(tx, *user, session.id));
  if (!present || present->secret_hash != session.secret_hash) {
    return domain::error::kLoginRequired.Because("the session has ended meanwhile");
  }
  return *std::move(present);
}

// The browser's device, where the pool's sessions show it.
domain::Device ShownDevice(const AuthorizationRequest& request,
                           const domain::ContextData& context) {
  return request.pool->tracks_sessions ? domain::DeviceOf(context) : domain::Device();
}

// Writes nothing: if the session has ended meanwhile, or ends later, the redemption of the code
// notices it.
base::Result<Granted> CodeBySession(const domain::Services& services,
                                    const AuthorizationRequest& request,
                                    const domain::BrowserSession& session,
                                    const domain::ContextData& context) {
  domain::AuthorizationCode code = CodeFor(request);
  code.device = ShownDevice(request, context);
  return CodeAnswer(services, request, std::move(code), session);
}

base::Result<Granted> TokensBySession(const domain::Services& services,
                                      const AuthorizationRequest& request,
                                      const domain::ProvenBrowserSession& session,
                                      const domain::ContextData& context) {
  domain::SignIn sign_in{.pool = request.pool,
                         .client = request.client,
                         .user = session.user,
                         .change = {},
                         .context = context,
                         .token_source = "TokenGeneration_HostedAuth",
                         .factors = session.session.factors,
                         .grant = ImplicitGrant(request, session.session)};
  sign_in.also = [&](store::LogTx& tx, const domain::User&,
                     domain::TokenFamily& family) -> base::Status {
    SALLYPORT_ASSIGN(domain::BrowserSession present, FindAgain(tx, session.session));
    return domain::PutBornIn(tx, *request.pool, std::move(present), family, family.device);
  };
  SALLYPORT_ASSIGN(domain::TokenIssuance issued, domain::CompleteSignIn(services, sign_in));
  return TokensAnswer(services, request, std::move(issued));
}

}  // namespace

base::Result<Interaction> InteractionFor(
    const domain::Services& services, const AuthorizationRequest& request,
    const std::optional<domain::ProvenBrowserSession>& session) {
  const bool serves = session && session->lives && !request.prompt.Has(Prompt::kLogin) &&
                      (request.hinted_sub.empty() || request.hinted_sub == session->session.sub) &&
                      IsRecentEnough(request, session->session, services.clock.WallSeconds());
  if (serves && request.prompt.Has(Prompt::kSelectAccount)) return Interaction::kChooseAccount;
  if (serves && request.prompt.Has(Prompt::kConsent)) return Interaction::kConsent;
  if (serves) return Interaction::kNone;
  if (request.prompt.Has(Prompt::kNone)) return domain::error::kLoginRequired();
  return Interaction::kSignIn;
}

base::Result<Granted> GrantBySession(const domain::Services& services,
                                     const AuthorizationRequest& request,
                                     const domain::ProvenBrowserSession& session,
                                     const domain::ContextData& context) {
  return request.type == ResponseType::kCode
             ? CodeBySession(services, request, session.session, context)
             : TokensBySession(services, request, session, context);
}

base::Status BrowserEnding::Start(const domain::Services& services, const domain::SignIn& sign_in,
                                  domain::BrowserSession& session) const {
  const domain::BrowserSession fresh = session;
  return domain::Commit(services, [&](store::Tx& tx) -> base::Status {
    session = fresh;
    SALLYPORT_ASSIGN(const domain::User user,
                     domain::WriteProof(tx, *sign_in.pool, sign_in.user, sign_in.change));
    SALLYPORT_TRY(domain::GetClient(tx, sign_in.client->id));
    SALLYPORT_ASSIGN(const domain::Pool pool, domain::GetPool(tx, sign_in.pool->id));
    SALLYPORT_TRY(domain::CheckSessionRoom(tx, services, pool, user));
    return domain::StartBrowserSession(tx, services, pool, user, had_, session);
  });
}

base::Result<Granted> BrowserEnding::GiveCode(const domain::Services& services,
                                              const domain::SignIn& sign_in,
                                              domain::BrowserSession& session) const {
  SALLYPORT_TRY(Start(services, sign_in, session));
  domain::AuthorizationCode code = CodeFor(request_);
  code.device = session.device;
  return CodeAnswer(services, request_, std::move(code), session);
}

base::Result<Granted> BrowserEnding::GiveTokens(const domain::Services& services,
                                                domain::SignIn sign_in,
                                                domain::BrowserSession& session) const {
  sign_in.grant = ImplicitGrant(request_, session);
  const domain::BrowserSession fresh = session;
  sign_in.also = [&](store::LogTx& tx, const domain::User& user,
                     domain::TokenFamily& family) -> base::Status {
    session = fresh;
    SALLYPORT_ASSIGN(const domain::Pool pool, domain::GetPool(tx, sign_in.pool->id));
    SALLYPORT_TRY(domain::StartBrowserSession(tx, services, pool, user, had_, session));
    family.browser_session = session.id;
    return domain::PutBornIn(tx, pool, session, family, family.device);
  };
  SALLYPORT_ASSIGN(domain::TokenIssuance issued, domain::CompleteSignIn(services, sign_in));
  return TokensAnswer(services, request_, std::move(issued));
}

base::Status BrowserEnding::Complete(const domain::Services& services,
                                     const domain::SignIn& sign_in) {
  if (!request_.hinted_sub.empty() && request_.hinted_sub != sign_in.user.sub) {
    return domain::error::kOtherUserSignedIn();
  }
  domain::NewBrowserSession made = domain::MakeBrowserSession(
      services, *sign_in.pool, *sign_in.client, sign_in.factors, sign_in.context);
  if (request_.prompt.Has(Prompt::kConsent)) {
    SALLYPORT_TRY(Start(services, sign_in, made.session));
  } else {
    SALLYPORT_ASSIGN(granted_, request_.type == ResponseType::kCode
                                   ? GiveCode(services, sign_in, made.session)
                                   : GiveTokens(services, sign_in, made.session));
  }
  cookie_ = domain::BrowserCookieText(made.session, made.secret);
  session_ = std::move(made.session);
  user_ = sign_in.user;
  return {};
}

}  // namespace sallyport::oauth2
