// Outcome: what a caller is told. The caller decides how to present it, as JSON or as a page.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "domain/users/attributes.h"

namespace sallyport::sign_in {

// How the session between a challenge and its answer is stored.
struct Waiting {
  std::string_view name;  // the challenge's name in the record
  bool carried = false;   // the client carries the session, sealed, and nothing is stored
  // It is given to somebody who has proved nothing yet (domain::ChallengeRecord).
  bool by_anybody = false;
};

// The flow adds the session to each of these.

// The user has a temporary password and must choose one.
struct AskNewPassword {
  static constexpr Waiting kWaiting{.name = "NEW_PASSWORD_REQUIRED"};
  std::string session;
  std::string username;
  domain::Attributes attributes;
  std::vector<std::string> missing;  // attributes that the user must give as well
};

// The second step of SRP.
struct AskPasswordBySrp {
  static constexpr Waiting kWaiting{.name = "PASSWORD_VERIFIER", .carried = true};
  std::string session;       // base64
  std::string salt;          // hexadecimal
  std::string server_value;  // B, hexadecimal
  std::string user_id;
};

// A question of the pool's own functions.
struct AskCustom {
  static constexpr Waiting kWaiting{.name = "CUSTOM_CHALLENGE", .by_anybody = true};
  std::string session;
  std::string user_id;
  // As the function gave them, in the same order.
  std::vector<std::pair<std::string, std::string>> parameters;
};

using Challenge = std::variant<AskNewPassword, AskPasswordBySrp, AskCustom>;

// The sign-in is complete. Its Ending has the result.
struct Complete {};

using Outcome = std::variant<Complete, Challenge>;

}  // namespace sallyport::sign_in
