// CommandLine: splits the words of a command line into flags with their values and other words. All
// commands of the program use it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace sallyport::codec {

// What may follow the name of a flag.
enum class FlagValue {
  kNone,      // nothing: --json
  kOptional,  // nothing, which means "true", or a value after "=": --proxy-protocol=false
  kNeeded,    // a value after "=", or the next word, whatever it is: --data DIR
};

struct KnownFlag {
  std::string name;  // without the dashes
  FlagValue value;
};

struct GivenFlag {
  std::string name;
  std::string value;  // "true" if none was given
};

struct GivenWord {
  std::string text;
};

using GivenPart = std::variant<GivenWord, GivenFlag>;

class CommandLine {
 public:
  explicit CommandLine(std::vector<std::string> words) : words_(std::move(words)) {}

  bool AtEnd();

  // Returns the next part of the line; AtEnd must be false. A word that begins with two dashes is a
  // flag, and must be one of `known`; "-h" means --help. After the word "--", which is not returned
  // itself, no word is a flag. `of` is put behind the name of an unknown flag in the error's
  // message (" of `user list`"). An error has the code kInvalidSetting and one line for the person
  // who typed the command.
  base::Result<GivenPart> Next(const std::vector<KnownFlag>& known, std::string_view of = "");

  // Returns the words that were not read yet, unchanged. Afterwards the line is at its end.
  std::vector<std::string> TakeRest();

 private:
  base::Result<GivenPart> TakeFlag(std::string_view written, const std::vector<KnownFlag>& known,
                                   std::string_view of);

  std::vector<std::string> words_;
  size_t at_ = 0;
  bool only_words_ = false;
};

}  // namespace sallyport::codec
