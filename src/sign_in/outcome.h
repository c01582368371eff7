// Outcome: what a caller is told. How it is shown, as JSON or as a page, is the caller's matter.
#pragma once

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "domain/attributes.h"
#include "domain/issue.h"

namespace sallyport::sign_in {

// The user has a temporary password and must choose one. Answered by GiveNewPassword.
struct AskNewPassword {
  std::string session;
  std::string username;
  domain::Attributes attributes;
  std::vector<std::string> missing;  // attributes that must be given with it
};

// SRP's second half. Answered by ProveSrp.
struct AskPasswordBySrp {
  std::string salt;          // hexadecimal
  std::string secret_block;  // base64; the session
  std::string server_value;  // B, hexadecimal
  std::string user_id;
};

// What a function of the pool asks. Answered by AnswerCustom.
struct AskCustom {
  std::string session;
  std::string user_id;
  // As the function gave them, in its order.
  std::vector<std::pair<std::string, std::string>> parameters;
};

using Challenge = std::variant<AskNewPassword, AskPasswordBySrp, AskCustom>;

// The sign-in is complete, or goes on with a challenge. `Issued` says what its answer waits for.
using Outcome = std::variant<domain::Issued, Challenge>;

}  // namespace sallyport::sign_in
