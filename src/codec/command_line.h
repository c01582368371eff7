// CommandLine: the words of a command line, told apart into flags with their values and other
// words. Every command of the program is read by it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"

namespace sallyport::codec {

// What follows the name of a flag.
enum class FlagValue {
  kNone,      // nothing: --json
  kOptional,  // nothing, which says "true"; or a value after the equals sign:
              // --proxy-protocol=false
  kNeeded,    // the next word, whatever it is, or what is after the equals sign: --data DIR
};

struct KnownFlag {
  std::string name;  // without the dashes
  FlagValue value;
};

struct GivenFlag {
  std::string name;
  std::string value;  // "true" where none was given
};

struct GivenWord {
  std::string text;
};

using GivenPart = std::variant<GivenWord, GivenFlag>;

class CommandLine {
 public:
  explicit CommandLine(std::vector<std::string> words) : words_(std::move(words)) {}

  bool AtEnd();

  // The next part of the line, which is not at its end. What begins with two dashes is a flag, and
  // must be one of `known`; "-h" is --help. After the word "--", which is no part itself, nothing
  // is a flag any more. `of` stands behind the name of an unknown flag in what is said about it
  // (" of `user list`").
  // Error: kInvalidSetting, and one line for whoever wrote the command.
  base::Result<GivenPart> Next(const std::vector<KnownFlag>& known, std::string_view of = "");

  // The words that were not read, as they are. Afterwards the line is at its end.
  std::vector<std::string> TakeRest();

 private:
  base::Result<GivenPart> TakeFlag(std::string_view written, const std::vector<KnownFlag>& known,
                                   std::string_view of);

  std::vector<std::string> words_;
  size_t at_ = 0;
  bool only_words_ = false;
};

}  // namespace sallyport::codec
