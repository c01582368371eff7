// Accounts: what people do to an account on a page without being signed in. `http` has it from the
// operations of the same names, with all their rules, hooks, limits and ceilings; the pages know it
// by these types alone.
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
  kRefused,  // for what was given; `message` says why
  kTooMany,  // of codes, guesses or requests
  kFailed,   // not the caller's fault; `error_code` says more
};

struct AccountAnswer {
  explicit AccountAnswer(store::Wait until) : wait(until) {}

  AccountOutcome outcome = AccountOutcome::kFailed;
  std::string message;         // in the API's words
  std::string error_code;      // empty: success
  std::string cause;           // for the log alone
  std::string destination;     // masked; where a code was sent; empty: none was
  bool confirmed = false;      // of a sign-up: nothing is left to confirm
  bool weak_password = false;  // it was refused for the password that was chosen, not for the code
  store::Wait wait;            // before it may be told
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
  // Ends sessions, and waits as what revokes does.
  virtual AccountAnswer ConfirmForgotPassword(const AccountCaller& caller, std::string_view code,
                                              std::string_view password) const = 0;
};

}  // namespace sallyport::login
