// Outcome: what a caller is told. How it is shown, as JSON or as a page, is the caller's matter.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "domain/users/attributes.h"

namespace sallyport::sign_in {

// How the session between a challenge and its answer is kept.
struct Waiting {
  std::string_view name;    // in its record
  bool carried = false;     // by the client, sealed: to ask writes nothing
  bool by_anybody = false;  // it is given to who has proved nothing yet (domain::ChallengeRecord)
};

// The flow makes each one's session.

// The user has a temporary password and must choose one.
struct AskNewPassword {
  static constexpr Waiting kWaiting{.name = "NEW_PASSWORD_REQUIRED"};
  std::string session;
  std::string username;
  domain::Attributes attributes;
  std::vector<std::string> missing;  // attributes that must be given with it
};

// SRP's second half.
struct AskPasswordBySrp {
  static constexpr Waiting kWaiting{.name = "PASSWORD_VERIFIER", .carried = true};
  std::string session;       // base64
  std::string salt;          // hexadecimal
  std::string server_value;  // B, hexadecimal
  std::string user_id;
};

// What a function of the pool asks.
struct AskCustom {
  static constexpr Waiting kWaiting{.name = "CUSTOM_CHALLENGE", .by_anybody = true};
  std::string session;
  std::string user_id;
  // As the function gave them, in its order.
  std::vector<std::pair<std::string, std::string>> parameters;
};

using Challenge = std::variant<AskNewPassword, AskPasswordBySrp, AskCustom>;

// The sign-in is complete: its Ending has what it led to.
struct Complete {};

using Outcome = std::variant<Complete, Challenge>;

}  // namespace sallyport::sign_in
