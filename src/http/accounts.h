// AccountsByOperations: implements what people do to their accounts on a page by the operations of
// the API, with the same rules, functions of the pool, limits and ceilings as for an app.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "http/backends.h"
#include "login/accounts.h"

namespace sallyport::http {

// `backends` outlives it.
class AccountsByOperations final : public login::Accounts {
 public:
  explicit AccountsByOperations(const Backends& backends) : backends_(backends) {}

  login::AccountAnswer SignUp(const login::AccountCaller& caller, std::string_view password,
                              const domain::Attributes& attributes) const override;
  login::AccountAnswer ConfirmSignUp(const login::AccountCaller& caller,
                                     std::string_view code) const override;
  login::AccountAnswer ResendCode(const login::AccountCaller& caller) const override;
  login::AccountAnswer ForgotPassword(const login::AccountCaller& caller) const override;
  login::AccountAnswer ConfirmForgotPassword(const login::AccountCaller& caller,
                                             std::string_view code,
                                             std::string_view password) const override;

 private:
  // `input`: the members of the operation's input, except those that say who calls.
  login::AccountAnswer Run(std::string_view operation, const login::AccountCaller& caller,
                           boost::json::object input) const;

  const Backends& backends_;
};

}  // namespace sallyport::http
