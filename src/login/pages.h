// Pages: the templates, filled. Whatever is put into them is escaped for the place where it stands.
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

// What a page with a form has.
struct FormPage {
  const Language& language;
  const domain::Pool& pool;
  std::string_view action;       // where the form goes: a path beside the request's
  std::string_view token;        // MakeFormToken
  std::string_view name;         // the user's, as typed
  std::optional<Alert> alert;    // what went wrong
  std::string_view detail = {};  // beside it, in the server's words: which rule a password breaks
  std::string_view answer_to = {};  // where the answer will send the browser: the client's URL
};

// Each a whole response with its policy: status 200 unless told otherwise.
BrowserResponse SignInPage(const FormPage& page);
BrowserResponse NewPasswordPage(const FormPage& page, std::string_view session,
                                const std::vector<std::string>& missing,
                                const domain::Attributes& given);
BrowserResponse ErrorPage(const Language& language, int status, Alert alert,
                          std::string_view detail);
BrowserResponse SignedOutPage(const Language& language);
// For response_mode form_post: posts the answer to the client, by itself where scripts run.
// `script`: where SubmitScript is from the request's path.
BrowserResponse FormPostPage(const Language& language, const oauth2::ClientAnswer& answer,
                             std::string_view script);

}  // namespace sallyport::login
