// Accounts: what people can do to an account on a page without being signed in. `http` implements
// it by the operations of the same names, with all their rules, hooks, limits and ceilings; the
// pages know only these types.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "domain/clients/client.h"
#include "domain/tokens/device.h"
#include "domain/users/attributes.h"
#include "store/release.h"

namespace sallyport::login {

// Whose account, and through which app.
struct AccountCaller {
  const domain::Client& client;
  std::string_view name;  // as typed
  domain::ContextData context;
};

enum class AccountOutcome {
  kDone,
  kRefused,  // because of what was given; `message` says why
  kTooMany,  // too many codes, guesses or requests
  kFailed,   // not the caller's fault; `error_code` says more
};

struct AccountAnswer {
  explicit AccountAnswer(store::Wait until) : wait(until) {}

  AccountOutcome outcome = AccountOutcome::kFailed;
  std::string message;      // in AWS's words
  std::string error_code;   // empty: success
  std::string cause;        // for the log alone
  std::string destination;  // masked; where a code was sent; empty: none was
  bool confirmed = false;   // of a sign-up: nothing is left to confirm
  // It was refused because of the password that was chosen, and not because of the code.
  bool weak_password = false;
  store::Wait wait;  // the answer must not be sent before it is over
};

// Each blocks. Thread-safe.
class Accounts {
 public:
  virtual ~Accounts() = default;

  virtual AccountAnswer SignUp(const AccountCaller& caller, std::string_view password,
                               const domain::Attributes& attributes) const = 0;
  virtual AccountAnswer ConfirmSignUp(const AccountCaller& caller, std::string_view code) const = 0;
  virtual AccountAnswer ResendCode(const AccountCaller& caller) const = 0;
  virtual AccountAnswer ForgotPassword(const AccountCaller& caller) const = 0;
  // Ends the user's sessions. The answer waits as that of a revoking call does.
  virtual AccountAnswer ConfirmForgotPassword(const AccountCaller& caller, std::string_view code,
                                              std::string_view password) const = 0;
};

}  // namespace sallyport::login
