#include "login/refusals.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "base/error_codes.h"
#include "base/sentence.h"
#include "domain/errors.h"

namespace sallyport::login {
namespace {

constexpr std::array<std::pair<base::Sentence<0>, std::string_view>, 16> kRefusals{
    {{domain::error::kPasswordTooShort, "refusal_too_short"},
     {domain::error::kPasswordTooLong, "refusal_too_long"},
     {domain::error::kPasswordHasOuterSpace, "refusal_outer_space"},
     {domain::error::kPasswordHasLineBreak, "refusal_line_break"},
     {domain::error::kPasswordLacksLowercase, "refusal_lowercase"},
     {domain::error::kPasswordLacksUppercase, "refusal_uppercase"},
     {domain::error::kPasswordLacksNumber, "refusal_number"},
     {domain::error::kPasswordLacksSymbol, "refusal_symbol"},
     {domain::error::kPasswordUsedBefore, "refusal_used_before"},
     {domain::error::kInvalidEmail, "refusal_email"},
     {domain::error::kUsernameNotEmail, "refusal_email"},
     {domain::error::kInvalidPhoneNumber, "refusal_phone_number"},
     {domain::error::kUsernameNotPhoneNumber, "refusal_phone_number"},
     {domain::error::kUsernameNotAddress, "refusal_address"},
     {domain::error::kUsernameLikeEmail, "refusal_name_like_email"},
     {domain::error::kUsernameLikePhoneNumber, "refusal_name_like_phone_number"}}};

std::string Filled(const Language& language, std::string_view word, std::string_view label) {
  return base::Fill(language.Text(word), std::array<std::string_view, 1>{label});
}

// About attributes that the pool's schema does not allow, or requires: kSchemaMismatch with a line
// like "birthdate: String must be no shorter than 10 characters" for each. Empty: it is not about
// that.
std::string TextOfMismatch(const Language& language, const base::Error& error) {
  const std::string begin = domain::error::kSchemaMismatch.Text("");
  if (!domain::error::kSchemaMismatch.Is(error) || !error.message.starts_with(begin)) return {};
  const std::string missing = domain::error::kAttributeMissing.Text("");
  std::string text;
  std::string_view lines = std::string_view(error.message).substr(begin.size());
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(lines.size(), line.size() + 1));
    const size_t colon = line.find(": ");
    if (colon == std::string_view::npos) return {};
    const std::string_view label = language.AttributeLabel(line.substr(0, colon));
    const bool is_missing = line.substr(colon) == missing;
    if (!text.empty()) text += ' ';
    text += Filled(language, is_missing ? "refusal_missing" : "refusal_attribute", label);
  }
  return text;
}

}  // namespace

std::string TextOfRefusal(const Language& language, const base::Error& error) {
  if (error.code == base::code::kUsernameExists || error.code == base::code::kAliasExists) {
    return std::string(language.Text("refusal_taken"));
  }
  for (const auto& [sentence, word] : kRefusals) {
    if (sentence.Is(error)) return std::string(language.Text(word));
  }
  // The check of an operation's input, before the operation is run.
  if (error.code == base::code::kInvalidParameter &&
      error.message.find("at 'username' failed") != std::string::npos) {
    return std::string(language.Text("refusal_name"));
  }
  const std::string mismatch = TextOfMismatch(language, error);
  return mismatch.empty() ? error.message : mismatch;
}

std::string PasswordRules(const Language& language, const domain::PasswordPolicy& policy) {
  std::string rules = Filled(language, "rule_length", std::to_string(policy.minimum_length));
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
