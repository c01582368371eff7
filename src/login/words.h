// The words of the pages. Each file in words/ is a language.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

namespace sallyport::login {

// Messages about a problem that a page can show.
enum class Alert {
  kWrong,
  kLockedOut,
  kAgain,
  kFormOld,
  kDisabled,
  kNotConfirmed,
  kResetRequired,
  kNoSecondFactor,
  kExpiredPassword,
  kPasswordsDiffer,
  kIncomplete,
  kUnacceptable,
  kWrongCode,
  kNotTaken,
  kNoSignUp,
  kNoRecovery,
  kRefused,
  kTooMany,
  kFull,
  kFailed,
  kRequest,
  kSignOutRequest,
};

// Messages about what was done that a page can show.
enum class Notice {
  kCodeSent,       // to confirm a sign-up
  kCodeMaybeSent,  // to reset a password, if there is such an account
  kConfirmed,
  kPasswordChanged,
};

class Language {
 public:
  // Chooses the first language that exists: of the tags in `wanted` (BCP 47, separated by blanks),
  // then of those in an Accept-Language header the one that it prefers, then English. The result
  // stays valid.
  static const Language& Choose(std::string_view wanted, std::string_view accept_language);
  static std::span<const Language> All();

  std::string_view tag() const { return tag_; }
  bool right_to_left() const;
  std::string_view Text(Alert alert) const;
  std::string_view Text(Notice notice) const;
  // Precondition: every language has that word, which a test checks. Otherwise the result is empty.
  std::string_view Text(std::string_view word) const;
  // A custom attribute is shown by the name that the pool gives it.
  std::string_view AttributeLabel(std::string_view name) const;
  const std::map<std::string, std::string, std::less<>>& words() const { return words_; }

  // Parses a file's text.
  Language(std::string_view tag, std::string_view file);

 private:
  std::string tag_;
  std::map<std::string, std::string, std::less<>> words_;
};

}  // namespace sallyport::login
