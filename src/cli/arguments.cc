#include "cli/arguments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/nearest.h"

namespace sallyport::cli {
namespace {

base::Error Usage(std::string message) {
  return {std::string(kUsage), std::move(message), {}};
}

const Flag* FindFlag(const std::vector<Flag>& flags, std::string_view name) {
  const auto found = std::find_if(flags.begin(), flags.end(),
                                  [name](const Flag& flag) { return flag.name == name; });
  return found == flags.end() ? nullptr : &*found;
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
      : commands_(commands), line_(line), flags_(CommonFlags()) {}

  base::Result<ParsedLine> Parse() {
    bool only_words = false;
    for (at_ = 0; at_ < line_.size(); ++at_) {
      const std::string& word = line_[at_];
      if (!only_words && word == "--") {
        only_words = true;
      } else if (!only_words && word.starts_with("--")) {
        SALLYPORT_TRY(TakeFlag(word));
      } else if (!only_words && word == "-h") {
        result_.help = true;
      } else if (result_.command) {
        result_.arguments.words.push_back(word);
      } else {
        SALLYPORT_TRY(TakeCommandWord(word));
        if (result_.command && result_.command->program) {
          result_.arguments.words.assign(line_.begin() + static_cast<ptrdiff_t>(at_) + 1,
                                         line_.end());
          return std::move(result_);
        }
      }
    }
    result_.group = path_;
    if (result_.help) return std::move(result_);
    if (!result_.command) return Unfinished();
    SALLYPORT_TRY(CheckWords());
    return std::move(result_);
  }

 private:
  base::Status TakeCommandWord(const std::string& word) {
    const std::string path = path_.empty() ? word : path_ + " " + word;
    const auto known = WordsAfter(commands_, path_);
    if (std::find(known.begin(), known.end(), word) == known.end()) {
      const std::string nearest = base::Nearest(word, known);
      const std::string group = path_.empty() ? "" : path_ + " ";
      return Usage(fmt::format("no command \"{}\"{}", path,
                               nearest.empty()
                                   ? fmt::format("; `sallyport {}--help` lists them", group)
                                   : fmt::format(" (did you mean `{}{}`?)", group, nearest)));
    }
    path_ = path;
    result_.command = FindCommand(commands_, path_);
    if (result_.command && !result_.command->program) flags_ = FlagsOf(*result_.command);
    return {};
  }

  base::Error Unfinished() const {
    if (path_.empty()) return Usage("no command is given; `sallyport --help` lists them");
    return Usage(fmt::format("`{}` needs one more word: {}", path_,
                             fmt::join(WordsAfter(commands_, path_), ", ")));
  }

  base::Status TakeFlag(const std::string& word) {
    const size_t equal = word.find('=');
    const std::string name = word.substr(2, equal == std::string::npos ? equal : equal - 2);
    if (name == "help") {
      result_.help = true;
      return {};
    }
    const Flag* flag = FindFlag(flags_, name);
    if (!flag) return UnknownFlag(name);
    std::string value = "true";
    if (flag->value.empty()) {
      if (equal != std::string::npos) return Usage(fmt::format("--{} takes no value", name));
    } else if (equal != std::string::npos) {
      value = word.substr(equal + 1);
    } else {
      if (at_ + 1 == line_.size()) return Usage(fmt::format("--{} needs a value", name));
      value = line_[++at_];
    }
    SALLYPORT_TRY(CheckChoice("--" + name, value, flag->choices));
    result_.arguments.flags[name].push_back(std::move(value));
    return {};
  }

  base::Error UnknownFlag(const std::string& name) const {
    std::vector<std::string> known;
    for (const Flag& flag : flags_) known.push_back(flag.name);
    const std::string nearest = base::Nearest(name, known);
    const std::string of = path_.empty() ? "" : fmt::format(" of `{}`", path_);
    return Usage(fmt::format("unknown flag --{}{}{}", name, of,
                             nearest.empty() ? "" : fmt::format(" (did you mean --{}?)", nearest)));
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
  const std::vector<std::string>& line_;
  std::vector<Flag> flags_;
  size_t at_ = 0;
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
