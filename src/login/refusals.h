// Tells people, in the language of their page, why the server refuses what they have chosen.
#pragma once

#include <string>

#include "base/result.h"
#include "domain/pools/pool_settings.h"
#include "login/words.h"

namespace sallyport::login {

// The refusal of a password, a name or an attribute. Other errors are told in the server's own
// words, or in those of the pool's function that has refused.
std::string TextOfRefusal(const Language& language, const base::Error& error);

// What a new password must have, as a sentence.
std::string PasswordRules(const Language& language, const domain::PasswordPolicy& policy);

}  // namespace sallyport::login
