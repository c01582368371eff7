// The pages, made from templates. Every value is escaped for the place in which it stands.
// Thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/pools/pool.h"
#include "domain/users/attributes.h"
#include "login/browser.h"
#include "login/words.h"
#include "oauth2/authorize/request.h"

namespace sallyport::login {

// The values of a page with a form. Paths are relative to that of the request.
struct FormPage {
  const Language& language;
  const domain::Pool& pool;
  std::string action;                         // where the form goes
  std::string token;                          // MakeFormToken
  std::string name;                           // the user's, as typed
  std::optional<Alert> alert = std::nullopt;  // what went wrong
  // More about the alert, in the server's words: which rule a password breaks.
  std::string detail = {};
  std::optional<Notice> notice = std::nullopt;  // what was done
  std::string destination = {};                 // more about the notice: where a code was sent
  std::string answer_to = {};  // the client's URL, to which the answer will send the browser
  // The paths of other pages.
  std::string sign_in = {};
  std::string sign_up = {};
  std::string confirm = {};
  std::string forgot_password = {};
  std::string resend = {};
};

// Each makes a whole response, with its Content-Security-Policy.
BrowserResponse SignInPage(const FormPage& page);
BrowserResponse NewPasswordPage(const FormPage& page, std::string_view session,
                                const std::vector<std::string>& missing,
                                const domain::Attributes& given);
// The attributes that the pool requires for signing up, and the addresses to which it sends a code.
std::vector<std::string> AskedAtSignUp(const domain::Pool& pool);
// The labels of the fields of a form.
std::string_view NameLabel(const Language& language, const domain::Pool& pool);
// Has a field for each of AskedAtSignUp.
BrowserResponse SignUpPage(const FormPage& page, const domain::Attributes& given);
// Asks for the code that was sent to confirm a sign-up.
BrowserResponse ConfirmPage(const FormPage& page);
BrowserResponse ForgotPasswordPage(const FormPage& page);
// Asks for the code that was sent and a new password.
BrowserResponse ResetPasswordPage(const FormPage& page);
// Pages for a person who is already signed in. `mark` is made by SessionMark.
struct SignedInPage {
  const FormPage& form;
  std::string mark;
};
// Asks whether to go on as form.name; `other`: the page on which somebody else signs in.
BrowserResponse ChooseAccountPage(const SignedInPage& page, std::string_view other);
// Asks whether the app may have what it asks for; `scopes`: each as ScopeText or the resource
// server has it.
BrowserResponse ConsentPage(const SignedInPage& page, std::string_view app,
                            const std::vector<std::string>& scopes);
// A text for people about what one of Cognito's own scopes gives access to; empty: it is not one of
// those.
std::string_view ScopeText(const Language& language, std::string_view scope);
// `sign_out`: the path by which the person can sign out all the same; empty: none is offered.
BrowserResponse ErrorPage(const Language& language, int status, Alert alert,
                          std::string_view detail, std::string_view sign_out = {});
BrowserResponse SignedOutPage(const Language& language);
// For response_mode form_post: posts the answer to the client, without a click where scripts are
// allowed. `script` is the path of SubmitScript, relative to the request's.
BrowserResponse FormPostPage(const Language& language, const oauth2::ClientAnswer& answer,
                             std::string_view script);

}  // namespace sallyport::login
