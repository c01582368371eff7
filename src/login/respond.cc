#include "login/respond.h"

#include <utility>

#include "base/error_codes.h"
#include "domain/errors.h"
#include "login/pages.h"
#include "oauth2/read_form.h"
#include "store/store.h"

namespace sallyport::login {
namespace {

constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

}  // namespace

base::Result<codec::Form> ReadQuery(const BrowserRequest& request) {
  return oauth2::ReadForm(kFormType, request.query);
}

base::Result<codec::Form> ReadPostedForm(const BrowserRequest& request) {
  return oauth2::ReadForm(request.content_type, request.body);
}

base::Result<codec::Form> ReadParameters(const BrowserRequest& request) {
  if (request.method != "POST" || request.body.empty()) return ReadQuery(request);
  if (!request.query.empty()) return domain::error::kParametersInTwoPlaces();
  return ReadPostedForm(request);
}

const Language& LanguageOf(const BrowserRequest& request, const codec::Form& parameters) {
  std::string wanted(parameters.Get("lang"));
  wanted.append(" ").append(parameters.Get("ui_locales"));
  return Language::Choose(wanted, request.accept_language);
}

const Language& LanguageOf(const BrowserRequest& request) {
  return Language::Choose("", request.accept_language);
}

BrowserResponse Redirect(const BrowserRequest& request, std::string location, store::Wait wait) {
  constexpr int kFound = 302;
  constexpr int kSeeOther = 303;
  BrowserResponse response(wait);
  response.status = request.method == "POST" ? kSeeOther : kFound;
  response.location = std::move(location);
  return response;
}

base::Result<std::string> PathWith(std::string_view path, const codec::Form& parameters) {
  // The greatest head of a request has 32 KiB (http/serve_connection.h).
  constexpr size_t kMostBytes = 24 * 1024;
  std::string whole = std::string(path) + "?" + codec::EncodeForm(parameters.parameters());
  if (whole.size() > kMostBytes) return domain::error::kTooLongForUrl();
  return whole;
}

BrowserResponse RedirectToGet(const BrowserRequest& request, std::string_view path,
                              const codec::Form& form, Alert what) {
  auto location = PathWith(path, form);
  if (!location) return ToPerson(LanguageOf(request, form), location.error(), what);
  return Redirect(request, *std::move(location), store::Wait::NothingRevoked());
}

BrowserResponse ToClient(const BrowserRequest& request, const Language& language,
                         const oauth2::ClientAnswer& answer, std::string_view script,
                         store::Wait wait) {
  if (answer.mode != oauth2::ResponseMode::kFormPost) {
    return Redirect(request, oauth2::LocationOf(answer), wait);
  }
  BrowserResponse response = FormPostPage(language, answer, script);
  response.wait = wait;
  return response;
}

ServerTrouble TroubleOf(const base::Error& error) {
  constexpr int kTooManyRequests = 429;
  constexpr int kServerError = 500;
  constexpr int kUnavailable = 503;
  if (store::IsDiskFull(error)) return {Alert::kFull, kUnavailable};
  if (error.code == base::code::kTooManyRequests ||
      error.code == base::code::oauth::kTemporarilyUnavailable) {
    return {Alert::kTooMany, kTooManyRequests};
  }
  return {Alert::kFailed, kServerError};
}

BrowserResponse ToPerson(const Language& language, const base::Error& error, Alert what,
                         std::string_view sign_out) {
  constexpr int kBadRequest = 400;
  const bool ours = store::IsDiskFull(error) || error.code == base::code::kInternalError ||
                    error.code == base::code::kTooManyRequests;
  const ServerTrouble trouble = TroubleOf(error);
  BrowserResponse response = ours ? ErrorPage(language, trouble.status, trouble.alert, {})
                                  : ErrorPage(language, kBadRequest, what, error.message, sign_out);
  response.error_code = error.code;
  response.cause = error.cause;
  return response;
}

store::Wait AfterWhatWasFound(const domain::Services& services) {
  const auto barrier = services.store.Barrier();
  return barrier ? store::Wait(*barrier) : store::Wait::NothingRevoked();
}

}  // namespace sallyport::login
