// PageVisit: one request of a browser for a page behind the authorization endpoint. The page
// carries the authorization request in its URL, and it is judged anew each time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "codec/form.h"
#include "login/accounts.h"
#include "login/browser.h"
#include "login/cookies.h"
#include "login/pages.h"
#include "login/respond.h"
#include "oauth2/authorize/request.h"

namespace sallyport::login {

// Where SubmitScript is from a page's path.
inline constexpr std::string_view kScriptFromPage = "login/submit.js";

class PageVisit {
 public:
  // All outlive the visit.
  PageVisit(const domain::Services& services, const BrowserRequest& request,
            const codec::Form& parameters, const oauth2::AuthorizationRequest& asked);

  // The form that was posted, from a page of this browser: nullopt; or the response that refuses
  // it.
  std::optional<BrowserResponse> Read();

 protected:
  static constexpr int kWrongInput = 400;

  // "signup?client_id=...", beside the path of the request.
  std::string PathOf(std::string_view page) const;
  // Precondition of the next three: Read has taken the form.
  std::string_view Posted(std::string_view name) const { return posted_->Get(name); }
  // The same with `prompt` in the place of what the request has of it.
  std::string PathOf(std::string_view page, std::string_view prompt) const;
  // "attribute.email" and the like.
  domain::Attributes PostedAttributes() const;
  AccountCaller Caller() const;

  FormPage Form(std::string_view page, std::string_view name,
                std::optional<Alert> alert = std::nullopt) const;
  BrowserResponse WithCookie(BrowserResponse response, int status = 200) const;

  const domain::Services& services_;
  const BrowserRequest& request_;
  const codec::Form& parameters_;
  const oauth2::AuthorizationRequest& asked_;
  const Language& language_;

 private:
  const FormToken token_;
  std::optional<codec::Form> posted_;
};

// The request that the page's URL carries, or what is answered where it may not be.
struct CarriedByPage {
  std::optional<codec::Form> parameters;
  std::variant<BrowserResponse, oauth2::AuthorizationRequest> judged;
};
CarriedByPage JudgePage(const domain::Services& services, const BrowserRequest& request);

// `Visit` is a PageVisit with Show(), and Take() of a form that was read.
template <typename Visit>
BrowserResponse Serve(const domain::Services& services, const BrowserRequest& request) {
  CarriedByPage carried = JudgePage(services, request);
  if (auto* const refusal = std::get_if<BrowserResponse>(&carried.judged)) {
    return std::move(*refusal);
  }
  Visit visit(services, request, *carried.parameters,
              std::get<oauth2::AuthorizationRequest>(carried.judged));
  if (request.method != "POST") return visit.Show();
  if (auto refusal = visit.Read()) return *std::move(refusal);
  return visit.Take();
}

}  // namespace sallyport::login
