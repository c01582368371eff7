// What the endpoints for browsers share: reading a request, and redirecting.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/form.h"
#include "login/browser.h"
#include "login/words.h"
#include "oauth2/authorize/request.h"

namespace sallyport::login {

// Reads the parameters of the URL. The error is invalid_request, with a sentence.
base::Result<codec::Form> ReadQuery(const BrowserRequest& request);
// Reads the parameters of the body.
base::Result<codec::Form> ReadPostedForm(const BrowserRequest& request);

// Reads the parameters of a request that may be a GET or a POST: those of the URL, or those of the
// body. kParametersInTwoPlaces (errors.h) where both have some.
base::Result<codec::Form> ReadParameters(const BrowserRequest& request);

const Language& LanguageOf(const BrowserRequest& request, const codec::Form& parameters);
const Language& LanguageOf(const BrowserRequest& request);

// Redirects to a URL, or to a path relative to that of the request. The browser uses GET there,
// whatever method the request had.
BrowserResponse Redirect(const BrowserRequest& request, std::string location, store::Wait wait);
// The path with the parameters as its query. kTooLongForUrl (errors.h): with the rest of its head
// such a request would be longer than this server reads, so nobody may be redirected there.
base::Result<std::string> PathWith(std::string_view path, const codec::Form& parameters);
// Redirects to the same request as a GET: with the form of another site the browser sends no cookie
// (SameSite=Lax), but it does with the GET that follows. If that is not possible, a page says so,
// as ToPerson does.
BrowserResponse RedirectToGet(const BrowserRequest& request, std::string_view path,
                              const codec::Form& form, Alert what = Alert::kRequest);
// Takes an answer to the client. `script` is as for FormPostPage.
BrowserResponse ToClient(const BrowserRequest& request, const Language& language,
                         const oauth2::ClientAnswer& answer, std::string_view script,
                         store::Wait wait);
// A page that says that the request, or a sign-out, cannot be answered, with the reason for
// developers; or that the server has a problem.
// `sign_out` is as for ErrorPage.
BrowserResponse ToPerson(const Language& language, const base::Error& error,
                         Alert what = Alert::kRequest, std::string_view sign_out = {});
// The alert and the status for an error that is the server's fault, or comes from its load.
struct ServerTrouble {
  Alert alert;
  int status;
};
ServerTrouble TroubleOf(const base::Error& error);

// The wait of an answer that tells what was found in the store: the store's Barrier, or nothing if
// the store has failed.
store::Wait AfterWhatWasFound(const domain::Services& services);

}  // namespace sallyport::login
