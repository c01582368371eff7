// /signup, /confirm and /resendcode: people register themselves, and confirm that by the code that
// they were sent. /forgotPassword and /confirmforgotPassword: they choose a new password by one.
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/credentials/password_policy.h"
#include "domain/errors.h"
#include "login/refusals.h"
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

// What can be told about a form before anything is asked about the account.
struct Complaint {
  Alert alert;
  std::string detail;
};

class AccountVisit : public PageVisit {
 public:
  using PageVisit::PageVisit;

 protected:
  struct Field {
    std::string label;
    std::string_view typed;
  };
  Field NameField() const {
    return {std::string(NameLabel(language_, *asked_.pool)), Typed("username")};
  }
  Field CodeField() const { return {std::string(language_.Text("confirm_code")), Typed("code")}; }

  // Browsers that know `required` do not send a form with an empty field; text browsers do.
  static std::optional<Complaint> Unfinished(const std::vector<Field>& fields) {
    std::string labels;
    for (const Field& field : fields) {
      if (!field.typed.empty()) continue;
      labels.append(labels.empty() ? "" : ", ").append(field.label);
    }
    if (labels.empty()) return std::nullopt;
    return Complaint{Alert::kIncomplete, labels + '.'};
  }

  // The rules are on the page, so breaking one tells nothing about the account. The operations
  // would refuse some of these passwords with errors that are meant for programs.
  std::optional<Complaint> UnusablePassword() const {
    if (Posted("password") != Posted("again")) return Complaint{Alert::kPasswordsDiffer, {}};
    const base::Status status = domain::CheckPassword(*asked_.pool, Posted("password"));
    if (status) return std::nullopt;
    return Complaint{Alert::kUnacceptable, TextOfRefusal(language_, status.error())};
  }
};

class SignUpVisit : public AccountVisit {
 public:
  using AccountVisit::AccountVisit;

  BrowserResponse Show() const {
    if (asked_.pool->settings.only_administrators_create_users) return NotPermitted();
    return WithCookie(SignUpPage(Form("signup", asked_.login_hint), {}));
  }

  BrowserResponse Take() const {
    if (asked_.pool->settings.only_administrators_create_users) return NotPermitted();
    const domain::Attributes given = PostedAttributes();
    auto complaint = Unfinished(Fields(given));
    if (!complaint) complaint = UnusablePassword();
    if (complaint) return Again(complaint->alert, complaint->detail, kWrongInput);
    const AccountAnswer answer = request_.accounts->SignUp(Caller(), Posted("password"), given);
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

  std::vector<Field> Fields(const domain::Attributes& given) const {
    std::vector<Field> fields{NameField()};
    for (const std::string& name : AskedAtSignUp(*asked_.pool)) {
      const auto found = given.find(name);
      fields.push_back({std::string(language_.AttributeLabel(name)),
                        found != given.end() ? std::string_view(found->second) : ""});
    }
    fields.push_back({std::string(language_.Text("password")), Posted("password")});
    return fields;
  }

  BrowserResponse Again(const AccountAnswer& answer) const {
    const Told told = ToldOf(answer, Alert::kNotTaken);
    const bool is_refused = answer.outcome == AccountOutcome::kRefused;
    return Again(told.alert, is_refused ? TextOf(answer) : std::string(), told.status);
  }

  BrowserResponse Again(Alert alert, std::string detail, int status) const {
    FormPage form = Form("signup", Typed("username"), alert);
    form.detail = std::move(detail);
    return WithCookie(SignUpPage(form, PostedAttributes()), status);
  }
};

// Of a sign-up: the code that confirms it, and another one.
class ConfirmVisit : public AccountVisit {
 public:
  using AccountVisit::AccountVisit;

  BrowserResponse Show() const {
    return WithCookie(ConfirmPage(Form("confirm", asked_.login_hint)));
  }

  BrowserResponse Take() const {
    // Where a browser does not know a button's own destination.
    if (!Posted("resend").empty()) return TakeResend();
    if (const auto complaint = Unfinished({NameField(), CodeField()})) {
      FormPage form = Form("confirm", Typed("username"), complaint->alert);
      form.detail = complaint->detail;
      return WithCookie(ConfirmPage(form), kWrongInput);
    }
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
class RecoveryVisit : public AccountVisit {
 public:
  using AccountVisit::AccountVisit;

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
    if (const auto complaint = Unfinished({NameField()})) {
      FormPage form = Form("forgotPassword", {}, complaint->alert);
      form.detail = complaint->detail;
      return WithCookie(ForgotPasswordPage(form), kWrongInput);
    }
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
    auto complaint =
        Unfinished({NameField(),
                    CodeField(),
                    {std::string(language_.Text("new_password")), Posted("password")}});
    if (!complaint) complaint = UnusablePassword();
    if (complaint) return Again(complaint->alert, kWrongInput, complaint->detail);
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
