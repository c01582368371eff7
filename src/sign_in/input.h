// Input: what a caller gives to sign in, one type for each way to begin or to go on. An answer
// names the challenge that it Answers, and has its session.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "domain/users/attributes.h"
#include "sign_in/outcome.h"

namespace sallyport::sign_in {

// Begins: the name, as typed, and the password.
struct GivePassword {
  std::string_view name;
  std::string_view password;
};

// Begins: the password is to be proved by SRP, of which this is A, in hexadecimal digits.
struct BeginSrp {
  std::string_view name;
  std::string_view client_value;  // one of SRP's group (domain::IsSrpClientValue)
};

struct ProveSrp {
  using Answers = AskPasswordBySrp;
  std::string_view session;
  std::string_view name;
  std::string_view signature;  // base64
  std::string_view timestamp;  // as it was signed
  int64_t seconds = 0;         // the same, Unix
};

// Begins: the pool's functions say what is to be proved.
struct BeginCustom {
  std::string_view name;
  // The password is to be proved by SRP among the rest, and this is BeginSrp's.
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
