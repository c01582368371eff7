// PageVisit: one request of a browser for a page to which the authorization endpoint leads. The
// page's URL carries the authorization request, which is judged anew each time.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/text.h"
#include "codec/form.h"
#include "login/accounts.h"
#include "login/browser.h"
#include "login/cookies.h"
#include "login/pages.h"
#include "login/respond.h"
#include "oauth2/authorize/request.h"

namespace sallyport::login {

// The path of SubmitScript, relative to that of a page.
inline constexpr std::string_view kScriptFromPage = "login/submit.js";

class PageVisit {
 public:
  // All arguments must outlive the visit.
  PageVisit(const domain::Services& services, const BrowserRequest& request,
            const codec::Form& parameters, const oauth2::AuthorizationRequest& asked);

  // Reads the form that was posted. Nullopt: it came from a page of this browser. Otherwise the
  // response that refuses it.
  std::optional<BrowserResponse> Read();

 protected:
  static constexpr int kWrongInput = 400;

  // A path like "signup?client_id=...", relative to that of the request.
  std::string PathOf(std::string_view page) const;
  // The same with `prompt` in place of the request's own parameter prompt.
  std::string PathOf(std::string_view page, std::string_view prompt) const;
  // Precondition of Posted, Typed, PostedAttributes and Caller: Read has taken the form.
  std::string_view Posted(std::string_view name) const { return posted_->Get(name); }
  // A name or a code, without the blanks around it that phones and copying add. No name and no code
  // has any there.
  std::string_view Typed(std::string_view name) const { return base::Trim(Posted(name)); }
  // "attribute.email" and the like, also without the blanks around them.
  domain::Attributes PostedAttributes() const;
  AccountCaller Caller() const;

  FormPage Form(std::string_view page, std::string_view name,
                std::optional<Alert> alert = std::nullopt) const;
  // In the page's language.
  std::string TextOf(const AccountAnswer& refused) const;
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

// The authorization request that the page's URL carries, or the response if it may not be answered.
struct CarriedByPage {
  std::optional<codec::Form> parameters;
  std::variant<BrowserResponse, oauth2::AuthorizationRequest> judged;
};
CarriedByPage JudgePage(const domain::Services& services, const BrowserRequest& request);

// `Visit` is a PageVisit with two more functions: Show() gives the page, and Take() deals with a
// form that was read.
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
