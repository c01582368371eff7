#include "cli/arguments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "base/nearest.h"
#include "codec/command_line.h"

namespace sallyport::cli {
namespace {

base::Error Usage(std::string message) {
  return {std::string(kUsage), std::move(message), {}};
}

constexpr std::string_view kHelp = "help";

std::vector<codec::KnownFlag> Known(const std::vector<Flag>& flags) {
  std::vector<codec::KnownFlag> known;
  known.reserve(flags.size());
  for (const Flag& flag : flags) {
    known.push_back(
        {flag.name, flag.value.empty() ? codec::FlagValue::kNone : codec::FlagValue::kNeeded});
  }
  return known;
}

const Command* FindCommand(const Commands& commands, std::string_view path) {
  const auto found = std::find_if(commands.begin(), commands.end(),
                                  [path](const Command& row) { return row.path == path; });
  return found == commands.end() ? nullptr : &*found;
}

// The words that may follow `path` ("user" -> list, get, ...).
std::vector<std::string> WordsAfter(const Commands& commands, std::string_view path) {
  std::vector<std::string> words;
  const std::string prefix = path.empty() ? "" : std::string(path) + " ";
  for (const Command& command : commands) {
    if (!command.path.starts_with(prefix)) continue;
    std::string word = command.path.substr(prefix.size());
    word = word.substr(0, word.find(' '));
    if (std::find(words.begin(), words.end(), word) == words.end()) words.push_back(word);
  }
  return words;
}

class LineParser {
 public:
  LineParser(const Commands& commands, const std::vector<std::string>& line)
      : commands_(commands), line_(line) {
    Expect(CommonFlags());
  }

  base::Result<ParsedLine> Parse() {
    while (!line_.AtEnd()) {
      auto part = line_.Next(known_, path_.empty() ? "" : fmt::format(" of `{}`", path_));
      if (!part) return Usage(part.error().message);
      if (auto* flag = std::get_if<codec::GivenFlag>(&*part)) {
        SALLYPORT_TRY(TakeFlag(std::move(*flag)));
        continue;
      }
      SALLYPORT_TRY(TakeWord(std::get<codec::GivenWord>(*part).text));
      if (result_.command && result_.command->program) {
        result_.arguments.words = line_.TakeRest();
        return std::move(result_);
      }
    }
    result_.group = path_;
    if (result_.help) return std::move(result_);
    if (!result_.command) return Unfinished();
    SALLYPORT_TRY(CheckWords());
    return std::move(result_);
  }

 private:
  void Expect(std::vector<Flag> flags) {
    known_ = Known(flags);
    flags_ = std::move(flags);
  }

  base::Status TakeWord(const std::string& word) {
    if (!result_.command) return TakeCommandWord(word);
    result_.arguments.words.push_back(word);
    return {};
  }

  base::Status TakeCommandWord(const std::string& word) {
    const std::string path = path_.empty() ? word : path_ + " " + word;
    const auto words = WordsAfter(commands_, path_);
    if (std::find(words.begin(), words.end(), word) == words.end()) {
      const std::string nearest = base::Nearest(word, words);
      const std::string group = path_.empty() ? "" : path_ + " ";
      return Usage(fmt::format("no command \"{}\"{}", path,
                               nearest.empty()
                                   ? fmt::format("; `sallyport {}--help` lists them", group)
                                   : fmt::format(" (did you mean `{}{}`?)", group, nearest)));
    }
    path_ = path;
    result_.command = FindCommand(commands_, path_);
    if (result_.command && !result_.command->program) Expect(FlagsOf(*result_.command));
    return {};
  }

  base::Error Unfinished() const {
    if (path_.empty()) return Usage("no command is given; `sallyport --help` lists them");
    return Usage(fmt::format("`{}` needs one more word: {}", path_,
                             fmt::join(WordsAfter(commands_, path_), ", ")));
  }

  base::Status TakeFlag(codec::GivenFlag given) {
    if (given.name == kHelp) {
      result_.help = true;
      return {};
    }
    const auto flag = std::find_if(flags_.begin(), flags_.end(),
                                   [&given](const Flag& row) { return row.name == given.name; });
    SALLYPORT_TRY(CheckChoice("--" + given.name, given.value, flag->choices));
    result_.arguments.flags[given.name].push_back(std::move(given.value));
    return {};
  }

  static base::Status CheckChoice(const std::string& what, const std::string& value,
                                  const std::vector<std::string>& choices) {
    if (choices.empty() || std::find(choices.begin(), choices.end(), value) != choices.end()) {
      return {};
    }
    return Usage(fmt::format("{}: \"{}\" is not one of {}", what, value, fmt::join(choices, ", ")));
  }

  base::Status CheckWords() const {
    const Command& command = *result_.command;
    const auto& words = result_.arguments.words;
    for (size_t i = 0; i < command.arguments.size(); ++i) {
      const Argument& argument = command.arguments[i];
      if (i < words.size()) {
        // An unset variable of a script, which must not mean "the usual one".
        if (words[i].empty()) return Usage(fmt::format("{} is empty", argument.name));
        SALLYPORT_TRY(CheckChoice(argument.name, words[i], argument.choices));
      } else if (!argument.optional) {
        return Usage(fmt::format("{} is missing: sallyport {}", argument.name, UsageOf(command)));
      }
    }
    const bool several = !command.arguments.empty() && command.arguments.back().several;
    if (words.size() > command.arguments.size() && !several) {
      return Usage(fmt::format("unexpected argument \"{}\": sallyport {}",
                               words[command.arguments.size()], UsageOf(command)));
    }
    return {};
  }

  const Commands& commands_;
  codec::CommandLine line_;
  std::vector<Flag> flags_;
  std::vector<codec::KnownFlag> known_;  // flags_, in the form in which the line is read
  std::string path_;
  ParsedLine result_;
};

}  // namespace

std::optional<std::string> Arguments::Get(std::string_view flag) const {
  const auto found = flags.find(flag);
  if (found == flags.end()) return std::nullopt;
  return found->second.back();
}

base::Result<ParsedLine> ParseLine(const Commands& commands, const std::vector<std::string>& line) {
  return LineParser(commands, line).Parse();
}

}  // namespace sallyport::cli
