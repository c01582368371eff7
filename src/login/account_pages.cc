// /signup, /confirm and /resendcode: people register themselves, and confirm that by the code that
// they were sent. /forgotPassword and /confirmforgotPassword: they choose a new password by one.
#include <string>
#include <utility>

#include "domain/errors.h"
#include "login/visit.h"

namespace sallyport::login {
namespace {

struct Told {
  Alert alert;
  int status;
};

// `refused` is the alert for a refusal.
Told ToldOf(const AccountAnswer& answer, Alert refused) {
  constexpr int kBadRequest = 400;
  constexpr int kTooManyRequests = 429;
  switch (answer.outcome) {
    case AccountOutcome::kTooMany:
      return {Alert::kTooMany, kTooManyRequests};
    case AccountOutcome::kRefused:
    case AccountOutcome::kDone:
      return {refused, kBadRequest};
    case AccountOutcome::kFailed:
      break;
  }
  const ServerTrouble trouble = TroubleOf({answer.error_code, "", ""});
  return {trouble.alert, trouble.status};
}

BrowserResponse Noted(BrowserResponse response, const AccountAnswer& answer) {
  response.error_code = answer.error_code;
  response.cause = answer.cause;
  response.wait = answer.wait;
  return response;
}

class SignUpVisit : public PageVisit {
 public:
  using PageVisit::PageVisit;

  BrowserResponse Show() const {
    if (asked_.pool->settings.only_administrators_create_users) return NotPermitted();
    return WithCookie(SignUpPage(Form("signup", asked_.login_hint), {}));
  }

  BrowserResponse Take() const {
    if (asked_.pool->settings.only_administrators_create_users) return NotPermitted();
    if (Posted("password") != Posted("again")) {
      return WithCookie(SignUpPage(Form("signup", Typed("username"), Alert::kPasswordsDiffer),
                                   PostedAttributes()),
                        kWrongInput);
    }
    if (const std::string refusal = RefusalOfPassword(); !refusal.empty()) {
      FormPage form = Form("signup", Typed("username"), Alert::kNotTaken);
      form.detail = refusal;
      return WithCookie(SignUpPage(form, PostedAttributes()), kWrongInput);
    }
    const AccountAnswer answer =
        request_.accounts->SignUp(Caller(), Posted("password"), PostedAttributes());
    if (answer.outcome != AccountOutcome::kDone) return Noted(Again(answer), answer);
    if (answer.confirmed) {
      FormPage form = Form("login", Typed("username"));
      form.notice = Notice::kConfirmed;
      return Noted(WithCookie(SignInPage(form)), answer);
    }
    FormPage form = Form("confirm", Typed("username"));
    if (!answer.destination.empty()) {
      form.notice = Notice::kCodeSent;
      form.destination = answer.destination;
    }
    return Noted(WithCookie(ConfirmPage(form)), answer);
  }

 private:
  BrowserResponse NotPermitted() const {
    return ToPerson(language_, domain::error::kSignUpNotPermitted(), Alert::kNoSignUp);
  }

  BrowserResponse Again(const AccountAnswer& answer) const {
    const Told told = ToldOf(answer, Alert::kNotTaken);
    FormPage form = Form("signup", Typed("username"), told.alert);
    if (answer.outcome == AccountOutcome::kRefused) form.detail = TextOf(answer);
    return WithCookie(SignUpPage(form, PostedAttributes()), told.status);
  }
};

// Of a sign-up: the code that confirms it, and another one.
class ConfirmVisit : public PageVisit {
 public:
  using PageVisit::PageVisit;

  BrowserResponse Show() const {
    return WithCookie(ConfirmPage(Form("confirm", asked_.login_hint)));
  }

  BrowserResponse Take() const {
    // Where a browser does not know a button's own destination.
    if (!Posted("resend").empty()) return TakeResend();
    const AccountAnswer answer = request_.accounts->ConfirmSignUp(Caller(), Typed("code"));
    if (answer.outcome == AccountOutcome::kDone) {
      FormPage form = Form("login", Typed("username"));
      form.notice = Notice::kConfirmed;
      return Noted(WithCookie(SignInPage(form)), answer);
    }
    // There is one text for all other reasons, so that nobody learns who is registered.
    const Told told = ToldOf(answer, Alert::kWrongCode);
    return Noted(
        WithCookie(ConfirmPage(Form("confirm", Typed("username"), told.alert)), told.status),
        answer);
  }

 protected:
  // What is told does not depend on whether there is such an account.
  BrowserResponse TakeResend() const {
    const AccountAnswer answer = request_.accounts->ResendCode(Caller());
    FormPage form = Form("confirm", Typed("username"));
    int status = 200;
    if (answer.outcome == AccountOutcome::kDone || answer.outcome == AccountOutcome::kRefused) {
      form.notice = Notice::kCodeMaybeSent;
    } else {
      const Told told = ToldOf(answer, Alert::kNotTaken);
      form.alert = told.alert;
      status = told.status;
    }
    return Noted(WithCookie(ConfirmPage(form), status), answer);
  }
};

class ResendVisit : public ConfirmVisit {
 public:
  using ConfirmVisit::ConfirmVisit;

  BrowserResponse Take() const { return TakeResend(); }
};

// A new password by a code: the two pages exist only where the pool sends such codes.
class RecoveryVisit : public PageVisit {
 public:
  using PageVisit::PageVisit;

 protected:
  bool is_possible() const { return asked_.pool->settings.RecoversByCode(); }
  BrowserResponse NotPossible() const {
    return ToPerson(language_, domain::error::kContactAdministrator(), Alert::kNoRecovery);
  }
};

class ForgotVisit : public RecoveryVisit {
 public:
  using RecoveryVisit::RecoveryVisit;

  BrowserResponse Show() const {
    if (!is_possible()) return NotPossible();
    return WithCookie(ForgotPasswordPage(Form("forgotPassword", asked_.login_hint)));
  }

  // The page is the same whether or not there is such an account, and whether or not it has an
  // address.
  BrowserResponse Take() const {
    if (!is_possible()) return NotPossible();
    const AccountAnswer answer = request_.accounts->ForgotPassword(Caller());
    if (answer.outcome == AccountOutcome::kDone || answer.outcome == AccountOutcome::kRefused) {
      FormPage form = Form("confirmforgotPassword", Typed("username"));
      form.notice = Notice::kCodeMaybeSent;
      return Noted(WithCookie(ResetPasswordPage(form)), answer);
    }
    const Told told = ToldOf(answer, Alert::kNotTaken);
    return Noted(
        WithCookie(ForgotPasswordPage(Form("forgotPassword", Typed("username"), told.alert)),
                   told.status),
        answer);
  }
};

class ResetVisit : public RecoveryVisit {
 public:
  using RecoveryVisit::RecoveryVisit;

  BrowserResponse Show() const {
    if (!is_possible()) return NotPossible();
    return WithCookie(ResetPasswordPage(Form("confirmforgotPassword", asked_.login_hint)));
  }

  BrowserResponse Take() const {
    if (!is_possible()) return NotPossible();
    if (Posted("password") != Posted("again")) return Again(Alert::kPasswordsDiffer, kWrongInput);
    if (std::string refusal = RefusalOfPassword(); !refusal.empty()) {
      return Again(Alert::kUnacceptable, kWrongInput, std::move(refusal));
    }
    const AccountAnswer answer =
        request_.accounts->ConfirmForgotPassword(Caller(), Typed("code"), Posted("password"));
    if (answer.outcome == AccountOutcome::kDone) {
      FormPage form = Form("login", Typed("username"));
      form.notice = Notice::kPasswordChanged;
      return Noted(WithCookie(SignInPage(form)), answer);
    }
    if (answer.weak_password) {
      return Noted(Again(Alert::kUnacceptable, kWrongInput, TextOf(answer)), answer);
    }
    const Told told = ToldOf(answer, Alert::kWrongCode);
    return Noted(Again(told.alert, told.status), answer);
  }

 private:
  BrowserResponse Again(Alert alert, int status, std::string detail = {}) const {
    FormPage form = Form("confirmforgotPassword", Typed("username"), alert);
    form.detail = std::move(detail);
    return WithCookie(ResetPasswordPage(form), status);
  }
};

}  // namespace

BrowserResponse SignUp(const domain::Services& services, const BrowserRequest& request) {
  return Serve<SignUpVisit>(services, request);
}
BrowserResponse ConfirmSignUp(const domain::Services& services, const BrowserRequest& request) {
  return Serve<ConfirmVisit>(services, request);
}
BrowserResponse ResendCode(const domain::Services& services, const BrowserRequest& request) {
  return Serve<ResendVisit>(services, request);
}
BrowserResponse ForgotPassword(const domain::Services& services, const BrowserRequest& request) {
  return Serve<ForgotVisit>(services, request);
}
BrowserResponse ConfirmForgotPassword(const domain::Services& services,
                                      const BrowserRequest& request) {
  return Serve<ResetVisit>(services, request);
}

}  // namespace sallyport::login
