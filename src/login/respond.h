// What the endpoints of browsers share: reading a request, and sending somebody somewhere.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/form.h"
#include "login/browser.h"
#include "login/words.h"
#include "oauth2/authorize/request.h"

namespace sallyport::login {

// The parameters of the URL. invalid_request, in words.
base::Result<codec::Form> ReadQuery(const BrowserRequest& request);
// Those of the body.
base::Result<codec::Form> ReadPostedForm(const BrowserRequest& request);

const Language& LanguageOf(const BrowserRequest& request, const codec::Form& parameters);
const Language& LanguageOf(const BrowserRequest& request);

// To a URL, or to a path beside that of the request: with GET, whatever the request was.
BrowserResponse Redirect(const BrowserRequest& request, std::string location, store::Wait wait);
// `script`: as FormPostPage has it.
BrowserResponse ToClient(const BrowserRequest& request, const Language& language,
                         const oauth2::ClientAnswer& answer, std::string_view script,
                         store::Wait wait);
// A page that says that the request, or a sign-out, cannot be answered, and to developers why; or
// that the server is in trouble.
BrowserResponse ToPerson(const Language& language, const base::Error& error,
                         Alert what = Alert::kRequest);
// The alert and status for an error that is nobody's fault but the server's, or its load.
struct ServerTrouble {
  Alert alert;
  int status;
};
ServerTrouble TroubleOf(const base::Error& error);

// What an answer waits for that tells what was found: the store's Barrier, or nothing where the
// store has failed.
store::Wait AfterWhatWasFound(const domain::Services& services);

}  // namespace sallyport::login
