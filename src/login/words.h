// Words: what pages say, in the languages that there are a file of in words/.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

namespace sallyport::login {

// What a page tells its reader beside its own text.
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
  kUnacceptable,
  kWrongCode,
  kNotTaken,
  kRefused,
  kTooMany,
  kFull,
  kFailed,
  kRequest,
  kSignOutRequest,
};

// What a page tells its reader that was done.
enum class Notice {
  kCodeSent,       // to confirm a sign-up
  kCodeMaybeSent,  // to reset a password, if there is such an account
  kConfirmed,
  kPasswordChanged,
};

class Language {
 public:
  // The first that there is of: the tags in `wanted` (separated by blanks, BCP 47), those of an
  // Accept-Language header, English. Valid for ever.
  static const Language& Choose(std::string_view wanted, std::string_view accept_language);
  static std::span<const Language> All();

  std::string_view tag() const { return tag_; }
  bool right_to_left() const;
  std::string_view Text(Alert alert) const;
  std::string_view Text(Notice notice) const;
  // Precondition: each language has that word. Fails in tests, and is empty otherwise.
  std::string_view Text(std::string_view word) const;
  const std::map<std::string, std::string, std::less<>>& words() const { return words_; }

  // From a file's text.
  Language(std::string_view tag, std::string_view file);

 private:
  std::string tag_;
  std::map<std::string, std::string, std::less<>> words_;
};

}  // namespace sallyport::login
