// GET and POST /login: the sign-in page, and the one on which a temporary password is replaced. A
// page carries the authorization request in its URL; it is judged anew each time.
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "base/error_codes.h"
#include "domain/errors.h"
#include "domain/hooks/hook.h"
#include "domain/limits/throttle.h"
#include "login/browser.h"
#include "login/cookies.h"
#include "login/pages.h"
#include "login/respond.h"
#include "oauth2/authorize/grant.h"
#include "sign_in/flow.h"

namespace sallyport::login {
namespace {

constexpr std::string_view kScriptFromPage = "login/submit.js";
constexpr std::string_view kAttributePrefix = "attribute.";
constexpr int kWrongInput = 400;

// One request for the page, with what it carries.
class Visit {
 public:
  Visit(const domain::Services& services, const BrowserRequest& request,
        const codec::Form& parameters, const oauth2::AuthorizationRequest& asked)
      : services_(services),
        request_(request),
        asked_(asked),
        language_(LanguageOf(request, parameters)),
        action_("login?" + codec::EncodeForm(parameters.parameters())),
        token_(MakeFormToken(services, request, asked.pool->id)) {}

  BrowserResponse Show() const {
    return WithCookie(SignInPage(Form(asked_.login_hint, std::nullopt)));
  }

  BrowserResponse Take() {
    auto posted = ReadPostedForm(request_);
    if (!posted) return ToPerson(language_, posted.error());
    posted_ = *std::move(posted);
    if (!request_.forms_need_no_token &&
        !IsFormToken(services_, request_, asked_.pool->id, posted_->Get("_csrf"))) {
      return Again(Alert::kFormOld, kWrongInput);
    }
    if (auto taken = TakeFromLimits(); !taken) return Again(taken.error());
    return IsNewPassword() ? TakeNewPassword() : TakePassword();
  }

 private:
  bool IsNewPassword() const { return posted_->Get("step") == "new_password"; }

  base::Status TakeFromLimits() const {
    domain::Throttle* const throttle = services_.throttle;
    if (throttle == nullptr) return {};
    SALLYPORT_TRY(throttle->TakeForAddress(domain::Anonymous::kSignIn, request_.context.ip));
    SALLYPORT_TRY(throttle->Take(domain::Category::kUserAuthentication));
    if (!throttle->counts_users()) return {};
    return throttle->TakeForUser(asked_.pool->id, posted_->Get("username"));
  }

  BrowserResponse TakePassword() {
    return Run(sign_in::GivePassword{posted_->Get("username"), posted_->Get("password")});
  }

  BrowserResponse TakeNewPassword() {
    if (posted_->Get("password") != posted_->Get("again")) {
      return AgainNewPassword(Alert::kPasswordsDiffer, {});
    }
    return Run(sign_in::GiveNewPassword{posted_->Get("session"), posted_->Get("username"),
                                        posted_->Get("password"), GivenAttributes()});
  }

  BrowserResponse Run(const sign_in::Input& input) {
    const std::optional<domain::BrowserCookie> had =
        SessionCookie(services_, request_, asked_.pool->id);
    oauth2::BrowserEnding ending(asked_, had);
    const sign_in::Attempt attempt{.services = services_,
                                   .pool = asked_.pool,
                                   .client = asked_.client,
                                   .context = request_.context};
    const auto outcome = sign_in::Run(attempt, {.ending = ending}, input);
    if (!outcome) return Refused(outcome.error());
    if (const auto* const challenge = std::get_if<sign_in::Challenge>(&*outcome)) {
      return Ask(*challenge);
    }
    BrowserResponse response = ToClient(request_, language_, ending.granted().answer,
                                        kScriptFromPage, ending.granted().wait);
    response.set_cookies.push_back(
        SetSessionCookie(services_, asked_.pool->id, ending.cookie(), ending.cookie_seconds()));
    return response;
  }

  BrowserResponse Ask(const sign_in::Challenge& challenge) const {
    const auto* const asked = std::get_if<sign_in::AskNewPassword>(&challenge);
    if (asked == nullptr) {
      return ToPerson(language_, base::InternalError("a challenge that there is no page for"));
    }
    return WithCookie(NewPasswordPage(Form(posted_->Get("username"), std::nullopt), asked->session,
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
      // Who exists is told to nobody, whatever the client's settings let an app know.
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
        return Again(Alert::kNotConfirmed, kWrongInput);
      case Reason::kResetRequired:
        return Again(Alert::kResetRequired, kWrongInput);
      case Reason::kNoSecondFactor:
        return Again(Alert::kNoSecondFactor, kWrongInput);
      case Reason::kExpiredPassword:
        return Again(Alert::kExpiredPassword, kWrongInput);
      case Reason::kUnacceptable:
        return IsNewPassword() ? AgainNewPassword(Alert::kUnacceptable, refusal.error.message)
                               : Again(Alert::kWrong, kWrongInput);
      case Reason::kNotOffered:
      case Reason::kWrongClient:
      case Reason::kFailed:
        break;
    }
    return Again(refusal.error);
  }

  // What is no matter of the proof.
  BrowserResponse Again(const base::Error& error) const {
    if (domain::error::kOtherUserSignedIn.Is(error)) {
      return ToClient(request_, language_, oauth2::RefusalOf(services_, asked_, error),
                      kScriptFromPage, store::Wait::NothingRevoked());
    }
    // A function of the pool, or a limit of its sessions, refuses in words of its own.
    if (domain::IsHookError(error) || error.code == base::code::kNotAuthorized) {
      FormPage form = Form(posted_->Get("username"), Alert::kRefused);
      form.detail = error.message;
      return WithStatus(SignInPage(form), kWrongInput);
    }
    const ServerTrouble trouble = TroubleOf(error);
    BrowserResponse response = Again(trouble.alert, trouble.status);
    response.error_code = error.code;
    response.cause = error.cause;
    return response;
  }

  BrowserResponse Again(Alert alert, int status) const {
    return WithStatus(SignInPage(Form(posted_->Get("username"), alert)), status);
  }

  // The session is not spent by what could not be taken.
  BrowserResponse AgainNewPassword(Alert alert, std::string_view detail) const {
    FormPage form = Form(posted_->Get("username"), alert);
    form.detail = detail;
    const domain::Attributes given = GivenAttributes();
    std::vector<std::string> names;
    for (const auto& [name, value] : given) names.push_back(name);
    return WithStatus(NewPasswordPage(form, posted_->Get("session"), names, given), kWrongInput);
  }

  domain::Attributes GivenAttributes() const {
    domain::Attributes attributes;
    for (const auto& [name, value] : posted_->parameters()) {
      if (!name.starts_with(kAttributePrefix)) continue;
      domain::TakeAttribute(attributes, std::string_view(name).substr(kAttributePrefix.size()),
                            value);
    }
    return attributes;
  }

  FormPage Form(std::string_view name, std::optional<Alert> alert) const {
    return {.language = language_,
            .pool = *asked_.pool,
            .action = action_,
            .token = token_.text,
            .name = name,
            .alert = alert,
            .answer_to = asked_.redirect_uri};
  }

  BrowserResponse WithCookie(BrowserResponse response) const {
    if (!token_.set_cookie.empty()) response.set_cookies.push_back(token_.set_cookie);
    return response;
  }

  BrowserResponse WithStatus(BrowserResponse response, int status) const {
    response.status = status;
    return WithCookie(std::move(response));
  }

  const domain::Services& services_;
  const BrowserRequest& request_;
  const oauth2::AuthorizationRequest& asked_;
  const Language& language_;
  const std::string action_;
  const FormToken token_;
  std::optional<codec::Form> posted_;
};

}  // namespace

BrowserResponse SignIn(const domain::Services& services, const BrowserRequest& request) {
  const auto parameters = ReadQuery(request);
  if (!parameters) return ToPerson(LanguageOf(request), parameters.error());
  const Language& language = LanguageOf(request, *parameters);
  const auto judged = oauth2::JudgeRequest(
      services, {oauth2::Carrier::kPage, request.pool_id, request.host, *parameters});
  if (const auto* const told = std::get_if<oauth2::ToldToPerson>(&judged)) {
    return ToPerson(language, told->error);
  }
  if (const auto* const told = std::get_if<oauth2::ToldToClient>(&judged)) {
    BrowserResponse response =
        ToClient(request, language, told->answer, kScriptFromPage, store::Wait::NothingRevoked());
    response.error_code = told->error.code;
    response.cause = told->error.cause;
    return response;
  }
  Visit visit(services, request, *parameters, std::get<oauth2::AuthorizationRequest>(judged));
  return request.method == "POST" ? visit.Take() : visit.Show();
}

}  // namespace sallyport::login
