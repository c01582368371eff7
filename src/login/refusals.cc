#include "login/refusals.h"

#include <array>
#include <string_view>
#include <utility>

#include "base/error_codes.h"
#include "base/sentence.h"
#include "domain/errors.h"

namespace sallyport::login {
namespace {

constexpr std::array<std::pair<base::Sentence<0>, std::string_view>, 9> kRefusedPasswords{
    {{domain::error::kPasswordTooShort, "refusal_too_short"},
     {domain::error::kPasswordTooLong, "refusal_too_long"},
     {domain::error::kPasswordHasOuterSpace, "refusal_outer_space"},
     {domain::error::kPasswordHasLineBreak, "refusal_line_break"},
     {domain::error::kPasswordLacksLowercase, "refusal_lowercase"},
     {domain::error::kPasswordLacksUppercase, "refusal_uppercase"},
     {domain::error::kPasswordLacksNumber, "refusal_number"},
     {domain::error::kPasswordLacksSymbol, "refusal_symbol"},
     {domain::error::kPasswordUsedBefore, "refusal_used_before"}}};

}  // namespace

std::string TextOfRefusal(const Language& language, const base::Error& error) {
  if (error.code == base::code::kUsernameExists || error.code == base::code::kAliasExists) {
    return std::string(language.Text("refusal_taken"));
  }
  for (const auto& [sentence, word] : kRefusedPasswords) {
    if (sentence.Is(error)) return std::string(language.Text(word));
  }
  return error.message;
}

std::string PasswordRules(const Language& language, const domain::PasswordPolicy& policy) {
  const std::string length = std::to_string(policy.minimum_length);
  std::string rules =
      base::Fill(language.Text("rule_length"), std::array<std::string_view, 1>{length});
  const auto add = [&](bool demanded, std::string_view word) {
    if (demanded) rules.append(", ").append(language.Text(word));
  };
  add(policy.lowercase, "rule_lowercase");
  add(policy.uppercase, "rule_uppercase");
  add(policy.numbers, "rule_number");
  add(policy.symbols, "rule_symbol");
  return rules + '.';
}

}  // namespace sallyport::login
