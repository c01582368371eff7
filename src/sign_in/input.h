// Input: what a caller gives in a sign-in, with a type for each way to begin or to continue. An
// answer names the challenge that it Answers, and has its session.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "domain/users/attributes.h"
#include "sign_in/outcome.h"

namespace sallyport::sign_in {

// Begins a sign-in with the name, as it was typed, and the password.
struct GivePassword {
  std::string_view name;
  std::string_view password;
};

// Begins a sign-in in which the password will be proved by SRP. The input is A, in hex.
struct BeginSrp {
  std::string_view name;
  std::string_view client_value;  // an element of SRP's group (domain::IsSrpClientValue)
};

struct ProveSrp {
  using Answers = AskPasswordBySrp;
  std::string_view session;
  std::string_view name;
  std::string_view signature;  // base64
  std::string_view timestamp;  // the text that was signed
  int64_t seconds = 0;         // the same time, as Unix seconds
};

// Begins a sign-in in which the pool's functions say what must be proved.
struct BeginCustom {
  std::string_view name;
  // One of the proofs will be the password by SRP; this is A, as in BeginSrp.
  std::optional<std::string_view> client_value;
};

struct AnswerCustom {
  using Answers = AskCustom;
  std::string_view session;
  std::string_view name;
  std::string_view answer;
};

struct GiveNewPassword {
  using Answers = AskNewPassword;
  std::string_view session;
  std::string_view name;
  std::string_view password;
  domain::Attributes attributes;
};

using Input =
    std::variant<GivePassword, BeginSrp, ProveSrp, BeginCustom, AnswerCustom, GiveNewPassword>;

}  // namespace sallyport::sign_in
