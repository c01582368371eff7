// Input: what a caller gives to sign in, one type for each way to begin or to go on.
#pragma once

#include <optional>
#include <string_view>
#include <variant>

#include "domain/attributes.h"

namespace sallyport::sign_in {

// Begins: the name, as typed, and the password.
struct GivePassword {
  std::string_view name;
  std::string_view password;
};

// Begins: the password is to be proved by SRP, of which this is A, in hexadecimal digits.
struct BeginSrp {
  std::string_view name;
  std::string_view client_value;
};

// Answers AskPasswordBySrp.
struct ProveSrp {
  std::string_view name;
  std::string_view secret_block;  // base64, as asked
  std::string_view signature;     // base64
  std::string_view timestamp;
};

// Begins: the pool's functions say what is to be proved.
struct BeginCustom {
  std::string_view name;
  // The password is to be proved by SRP among the rest. Empty: it was announced and not given.
  std::optional<std::string_view> client_value;
};

// Answers AskCustom.
struct AnswerCustom {
  std::string_view session;
  std::string_view name;
  std::string_view answer;
};

// Answers AskNewPassword.
struct GiveNewPassword {
  std::string_view session;
  std::string_view name;
  std::string_view password;
  domain::Attributes attributes;
};

using Input =
    std::variant<GivePassword, BeginSrp, ProveSrp, BeginCustom, AnswerCustom, GiveNewPassword>;

}  // namespace sallyport::sign_in
