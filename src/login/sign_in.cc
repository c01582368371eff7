// GET and POST /login: the sign-in page, the page on which a temporary password is replaced, and
// those on which a person who is already signed in chooses the account and allows what the app asks
// for.
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/error_codes.h"
#include "domain/errors.h"
#include "domain/hooks/hook.h"
#include "domain/limits/throttle.h"
#include "domain/pools/resource_server.h"
#include "domain/users/user.h"
#include "login/refusals.h"
#include "login/visit.h"
#include "oauth2/authorize/grant.h"
#include "sign_in/flow.h"

namespace sallyport::login {
namespace {

class SignInVisit : public PageVisit {
 public:
  using PageVisit::PageVisit;

  BrowserResponse Show() const {
    using oauth2::Interaction;
    const auto session = PresentedSession(services_, request_, asked_.pool->id);
    if (!session) return ToPerson(language_, session.error());
    const auto wanted = oauth2::InteractionFor(services_, asked_, *session);
    if (!wanted) return RefuseByWhatWasFound(wanted.error());
    switch (*wanted) {
      case Interaction::kConsent:
        return AskConsent(**session);
      case Interaction::kNone:
        if (asked_.prompt.Has(oauth2::Prompt::kNone)) return Grant(**session);
        // The authorization endpoint would have answered by the session. Somebody who comes here
        // all the same, by a link to this page or by the back button, is signed in already, and may
        // want to be somebody else.
        return ChooseAccount(**session);
      case Interaction::kChooseAccount:
        return ChooseAccount(**session);
      case Interaction::kSignIn:
        break;
    }
    return WithCookie(SignInPage(Form("login", asked_.login_hint)));
  }

  BrowserResponse Take() {
    if (Posted("step") == "continue") return TakeAccount();
    if (Posted("step") == "allow") return TakeConsent();
    if (Posted("step") == "deny") return Refuse(domain::error::kConsentRefused());
    if (auto taken = TakeFromLimits(); !taken) return Again(taken.error());
    return IsNewPassword() ? TakeNewPassword() : TakePassword();
  }

 private:
  bool IsNewPassword() const { return Posted("step") == "new_password"; }

  base::Status TakeFromLimits() const {
    domain::Throttle* const throttle = services_.throttle;
    if (throttle == nullptr) return {};
    SALLYPORT_TRY(throttle->TakeForAddress(domain::Anonymous::kSignIn, request_.context.ip));
    SALLYPORT_TRY(throttle->Take(domain::Category::kUserAuthentication));
    if (!throttle->counts_users()) return {};
    return throttle->TakeForUser(
        domain::CalledBy::kAnybody, asked_.pool->id,
        domain::CountedName(services_.store, *asked_.pool, Typed("username")));
  }

  std::string MarkOf(const domain::BrowserSession& session) const {
    return SessionMark(services_, session, PathOf("login"));
  }

  // Whether the form answers a page ("Continue", "Allow") that was shown for this session and this
  // request. If the session has meanwhile become too old for the request, the page must have been
  // shown no longer ago than a challenge of a sign-in may be answered.
  bool IsMarked(const domain::ProvenBrowserSession& session) const {
    if (!session.lives) return false;
    const auto age = AgeOfMark(services_, session.session, PathOf("login"), Posted("mark"));
    if (!age) return false;
    const auto wanted = oauth2::InteractionFor(services_, asked_, session);
    const bool is_recent_enough = wanted && *wanted != oauth2::Interaction::kSignIn;
    constexpr int64_t kMinute = 60;
    return is_recent_enough || *age <= asked_.client->settings.challenge_minutes * kMinute;
  }

  FormPage FormOf(const domain::User& user) const {
    const auto& names = asked_.pool->settings.username_attributes;
    std::string name = user.username;
    for (const std::string_view attribute : {"phone_number", "email"}) {
      const auto known = user.attributes.find(attribute);
      if (names.Has(attribute) && known != user.attributes.end()) name = known->second;
    }
    return Form("login", name);
  }

  BrowserResponse ChooseAccount(const domain::ProvenBrowserSession& session) const {
    const bool consents = asked_.prompt.Has(oauth2::Prompt::kConsent);
    return WithCookie(ChooseAccountPage({FormOf(session.user), MarkOf(session.session)},
                                        PathOf("login", consents ? "login consent" : "login")));
  }

  BrowserResponse AskConsent(const domain::BrowserSession& session,
                             const domain::User& user) const {
    std::vector<std::string> scopes;
    for (const std::string& scope : domain::SplitScope(asked_.scope)) {
      std::string text(ScopeText(language_, scope));
      if (text.empty()) {
        auto described = domain::DescribeResourceScope(services_.store, asked_.pool->id, scope);
        if (!described) return ToPerson(language_, described.error());
        text = *std::move(described);
      }
      if (text.empty()) text = scope;
      scopes.push_back(std::move(text));
    }
    return WithCookie(ConsentPage({FormOf(user), MarkOf(session)}, asked_.client->name, scopes));
  }
  BrowserResponse AskConsent(const domain::ProvenBrowserSession& session) const {
    return AskConsent(session.session, session.user);
  }

  // The session for which the page was shown that this form answers; nullopt: that session has
  // ended since, the browser has another one now, or the page is too old.
  base::Result<std::optional<domain::ProvenBrowserSession>> MarkedSession() const {
    SALLYPORT_ASSIGN(auto session, PresentedSession(services_, request_, asked_.pool->id));
    if (session && !IsMarked(*session)) session.reset();
    return session;
  }

  BrowserResponse TakeAccount() const {
    const auto session = MarkedSession();
    if (!session) return ToPerson(language_, session.error());
    if (!*session) return Again(Alert::kAgain, kWrongInput);
    if (asked_.prompt.Has(oauth2::Prompt::kConsent)) return AskConsent(**session);
    return Grant(**session);
  }

  BrowserResponse TakeConsent() const {
    const auto session = MarkedSession();
    if (!session) return ToPerson(language_, session.error());
    return *session ? Grant(**session) : Again(Alert::kAgain, kWrongInput);
  }

  BrowserResponse Grant(const domain::ProvenBrowserSession& session) const {
    if (domain::Throttle* const throttle = services_.throttle) {
      auto taken = throttle->TakeForAddress(domain::Anonymous::kSignIn, request_.context.ip);
      if (taken) taken = throttle->Take(domain::Category::kUserAuthentication);
      if (!taken) return Refuse(taken.error());
    }
    const auto granted = oauth2::GrantBySession(services_, asked_, session, request_.context);
    if (granted) {
      return ToClient(request_, language_, granted->answer, kScriptFromPage, granted->wait);
    }
    BrowserResponse response = domain::error::kLoginRequired.Is(granted.error())
                                   ? Again(Alert::kAgain, kWrongInput)
                                   : Refuse(granted.error());
    response.wait = AfterWhatWasFound(services_);
    return response;
  }

  // Tells the client.
  BrowserResponse Refuse(const base::Error& error) const {
    BrowserResponse response =
        ToClient(request_, language_, oauth2::RefusalOf(services_, asked_, error), kScriptFromPage,
                 store::Wait::NothingRevoked());
    response.error_code = error.code;
    response.cause = error.cause;
    return response;
  }

  BrowserResponse RefuseByWhatWasFound(const base::Error& error) const {
    BrowserResponse response = Refuse(error);
    response.wait = AfterWhatWasFound(services_);
    return response;
  }

  BrowserResponse TakePassword() {
    return Run(sign_in::GivePassword{Typed("username"), Posted("password")});
  }

  BrowserResponse TakeNewPassword() {
    if (Posted("password") != Posted("again")) {
      return AgainNewPassword(Alert::kPasswordsDiffer, {});
    }
    return Run(sign_in::GiveNewPassword{Posted("session"), Typed("username"), Posted("password"),
                                        PostedAttributes()});
  }

  BrowserResponse Run(const sign_in::Input& input) {
    const std::optional<domain::BrowserCookie> had =
        SessionCookie(services_, request_, asked_.pool->id);
    oauth2::BrowserEnding ending(asked_, had);
    const sign_in::Attempt attempt{.services = services_,
                                   .pool = asked_.pool,
                                   .client = domain::HidingUsers(asked_.client),
                                   .context = request_.context};
    const auto outcome = sign_in::Run(attempt, {.ending = ending}, input);
    if (!outcome) return Refused(outcome.error());
    if (const auto* const challenge = std::get_if<sign_in::Challenge>(&*outcome)) {
      return Ask(*challenge);
    }
    BrowserResponse response = ending.granted()
                                   ? ToClient(request_, language_, ending.granted()->answer,
                                              kScriptFromPage, ending.granted()->wait)
                                   : AskConsent(ending.session(), ending.user());
    response.set_cookies.push_back(SetSessionCookie(services_, asked_.pool->id, ending.cookie()));
    response.caller_is_known = true;
    return response;
  }

  BrowserResponse Ask(const sign_in::Challenge& challenge) const {
    const auto* const asked = std::get_if<sign_in::AskNewPassword>(&challenge);
    if (asked == nullptr) {
      return ToPerson(language_, base::InternalError("there is no page for this challenge"));
    }
    return WithCookie(NewPasswordPage(Form("login", Typed("username")), asked->session,
                                      asked->missing, asked->attributes));
  }

  BrowserResponse Refused(const sign_in::Refusal& refusal) {
    BrowserResponse response = ShowRefusal(refusal);
    response.error_code = refusal.error.code;
    response.cause = refusal.error.cause;
    response.wait = AfterWhatWasFound(services_);
    return response;
  }

  BrowserResponse ShowRefusal(const sign_in::Refusal& refusal) {
    using sign_in::Reason;
    switch (refusal.reason) {
      case Reason::kWrongProof:
      // The page tells nobody who exists, even if the client's settings let an app know.
      case Reason::kNoSuchUser:
        return Again(Alert::kWrong, kWrongInput);
      case Reason::kLockedOut:
        return Again(Alert::kLockedOut, kWrongInput);
      case Reason::kInvalidSession:
      case Reason::kUsedSession:
      case Reason::kExpiredSession:
        return Again(Alert::kAgain, kWrongInput);
      case Reason::kDisabled:
        return Again(Alert::kDisabled, kWrongInput);
      case Reason::kNotConfirmed:
        return WithCookie(ConfirmPage(Form("confirm", Typed("username"), Alert::kNotConfirmed)),
                          kWrongInput);
      case Reason::kResetRequired:
        return ResetRequired();
      case Reason::kNoSecondFactor:
        return Again(Alert::kNoSecondFactor, kWrongInput);
      case Reason::kExpiredPassword:
        return Again(Alert::kExpiredPassword, kWrongInput);
      case Reason::kUnacceptable:
        return IsNewPassword()
                   ? AgainNewPassword(Alert::kUnacceptable, TextOfRefusal(language_, refusal.error))
                   : Again(Alert::kWrong, kWrongInput);
      case Reason::kNotOffered:
      case Reason::kWrongClient:
      case Reason::kFailed:
        break;
    }
    return Again(refusal.error);
  }

  BrowserResponse ResetRequired() const {
    const bool by_code = asked_.pool->settings.RecoversByCode();
    FormPage form =
        Form(by_code ? "forgotPassword" : "login", Typed("username"), Alert::kResetRequired);
    if (!by_code) form.detail = language_.Text(Alert::kNoRecovery);
    return WithCookie(by_code ? ForgotPasswordPage(form) : SignInPage(form), kWrongInput);
  }

  // Shows the page again for an error that is not about the proof.
  BrowserResponse Again(const base::Error& error) const {
    if (domain::error::kOtherUserSignedIn.Is(error)) return Refuse(error);
    // A function of the pool, or a limit of its sessions, refuses in words of its own.
    if (domain::IsHookError(error) || error.code == base::code::kNotAuthorized) {
      FormPage form = Form("login", Typed("username"), Alert::kRefused);
      form.detail = error.message;
      return WithCookie(SignInPage(form), kWrongInput);
    }
    const ServerTrouble trouble = TroubleOf(error);
    BrowserResponse response = Again(trouble.alert, trouble.status);
    response.error_code = error.code;
    response.cause = error.cause;
    return response;
  }

  BrowserResponse Again(Alert alert, int status) const {
    return WithCookie(SignInPage(Form("login", Typed("username"), alert)), status);
  }

  // The session can be used again, because the input was not accepted.
  BrowserResponse AgainNewPassword(Alert alert, std::string_view detail) const {
    FormPage form = Form("login", Typed("username"), alert);
    form.detail = detail;
    const domain::Attributes given = PostedAttributes();
    std::vector<std::string> names;
    for (const auto& [name, value] : given) names.push_back(name);
    return WithCookie(NewPasswordPage(form, Posted("session"), names, given), kWrongInput);
  }
};

}  // namespace

BrowserResponse SignIn(const domain::Services& services, const BrowserRequest& request) {
  return Serve<SignInVisit>(services, request);
}

}  // namespace sallyport::login
