#include "login/visit.h"

#include <utility>

#include "domain/credentials/password_policy.h"
#include "login/refusals.h"

namespace sallyport::login {
namespace {

constexpr std::string_view kAttributePrefix = "attribute.";

}  // namespace

PageVisit::PageVisit(const domain::Services& services, const BrowserRequest& request,
                     const codec::Form& parameters, const oauth2::AuthorizationRequest& asked)
    : services_(services),
      request_(request),
      parameters_(parameters),
      asked_(asked),
      language_(LanguageOf(request, parameters)),
      token_(MakeFormToken(services, request, asked.pool->id)) {}

std::optional<BrowserResponse> PageVisit::Read() {
  auto posted = ReadPostedForm(request_);
  if (!posted) return ToPerson(language_, posted.error());
  posted_ = *std::move(posted);
  if (request_.forms_need_no_token ||
      IsFormToken(services_, request_, asked_.pool->id, Posted("_csrf"))) {
    return std::nullopt;
  }
  // This is the page from which everybody can begin.
  return WithCookie(SignInPage(Form("login", asked_.login_hint, Alert::kFormOld)), kWrongInput);
}

std::string PageVisit::PathOf(std::string_view page) const {
  return std::string(page) + "?" + codec::EncodeForm(parameters_.parameters());
}

std::string PageVisit::PathOf(std::string_view page, std::string_view prompt) const {
  auto parameters = parameters_.parameters();
  std::erase_if(parameters, [](const auto& parameter) { return parameter.first == "prompt"; });
  parameters.emplace_back("prompt", prompt);
  return std::string(page) + "?" + codec::EncodeForm(parameters);
}

domain::Attributes PageVisit::PostedAttributes() const {
  domain::Attributes attributes;
  for (const auto& [name, value] : posted_->parameters()) {
    if (!name.starts_with(kAttributePrefix)) continue;
    domain::TakeAttribute(attributes, std::string_view(name).substr(kAttributePrefix.size()),
                          value);
  }
  return attributes;
}

AccountCaller PageVisit::Caller() const {
  return {*asked_.client, Typed("username"), request_.context};
}

FormPage PageVisit::Form(std::string_view page, std::string_view name,
                         std::optional<Alert> alert) const {
  return {.language = language_,
          .pool = *asked_.pool,
          .action = PathOf(page),
          .token = token_.text,
          .name = std::string(name),
          .alert = alert,
          .answer_to = asked_.redirect_uri,
          .sign_in = PathOf("login"),
          .sign_up = PathOf("signup"),
          .confirm = PathOf("confirm"),
          .forgot_password = PathOf("forgotPassword"),
          .resend = PathOf("resendcode")};
}

std::string PageVisit::RefusalOfPassword() const {
  const base::Status checked = domain::CheckPassword(*asked_.pool, Posted("password"));
  return checked ? std::string() : TextOfRefusal(language_, checked.error());
}

std::string PageVisit::TextOf(const AccountAnswer& refused) const {
  return TextOfRefusal(language_, {refused.error_code, refused.message, {}});
}

BrowserResponse PageVisit::WithCookie(BrowserResponse response, int status) const {
  response.status = status;
  if (!token_.set_cookie.empty()) response.set_cookies.push_back(token_.set_cookie);
  return response;
}

CarriedByPage JudgePage(const domain::Services& services, const BrowserRequest& request) {
  auto parameters = ReadQuery(request);
  if (!parameters) {
    return {std::nullopt, ToPerson(LanguageOf(request), parameters.error())};
  }
  CarriedByPage carried{*std::move(parameters), BrowserResponse(store::Wait::NothingRevoked())};
  const Language& language = LanguageOf(request, *carried.parameters);
  auto judged = oauth2::JudgeRequest(
      services, {oauth2::Carrier::kPage, request.pool_id, request.host, *carried.parameters});
  if (const auto* const person = std::get_if<oauth2::ToldToPerson>(&judged)) {
    carried.judged = ToPerson(language, person->error);
  } else if (const auto* const client = std::get_if<oauth2::ToldToClient>(&judged)) {
    BrowserResponse response =
        ToClient(request, language, client->answer, kScriptFromPage, store::Wait::NothingRevoked());
    response.error_code = client->error.code;
    response.cause = client->error.cause;
    carried.judged = std::move(response);
  } else {
    carried.judged = std::get<oauth2::AuthorizationRequest>(std::move(judged));
  }
  return carried;
}

}  // namespace sallyport::login
