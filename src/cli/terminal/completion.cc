#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/embedded.h"
#include "cli/terminal/help.h"

namespace sallyport::cli {
namespace {

struct Candidate {
  std::string word;
  std::string help;
};

// What may follow the words of `path`.
struct Place {
  std::vector<Candidate> words;  // words of commands, choices of the first argument
  std::vector<Candidate> flags;
  bool files = false;
};

using Places = std::map<std::string, Place>;

void AddWord(std::vector<Candidate>& words, const std::string& word, const std::string& help) {
  const auto known = std::find_if(words.begin(), words.end(),
                                  [&word](const Candidate& other) { return other.word == word; });
  if (known == words.end()) words.push_back({word, help});
}

Places PlacesOf(const Commands& commands) {
  Places places;
  for (const Command& command : commands) {
    size_t at = 0;
    while (at < command.path.size()) {
      const size_t end = std::min(command.path.find(' ', at), command.path.size());
      const bool last = end == command.path.size();
      const std::string before = command.path.substr(0, at == 0 ? 0 : at - 1);
      const std::string word = command.path.substr(at, end - at);
      AddWord(places[before].words, word, last ? command.purpose : word + " ...");
      at = end + 1;
    }
    Place& place = places[command.path];
    for (const Flag& flag : FlagsOf(command)) place.flags.push_back({"--" + flag.name, flag.help});
    for (const Argument& argument : command.arguments) {
      place.files = place.files || argument.is_file;
      for (const std::string& choice : argument.choices)
        AddWord(place.words, choice, argument.help);
    }
  }
  return places;
}

// The choices of each flag.
std::map<std::string, std::vector<std::string>> ChoicesOf(const Commands& commands) {
  std::map<std::string, std::vector<std::string>> choices;
  for (const Command& command : commands) {
    for (const Flag& flag : FlagsOf(command)) {
      if (!flag.choices.empty()) choices["--" + flag.name] = flag.choices;
    }
  }
  return choices;
}

std::string FlagsWithValue(const Commands& commands, const char* separator) {
  std::vector<std::string> names;
  for (const Command& command : commands) {
    for (const Flag& flag : FlagsOf(command)) {
      const std::string name = "--" + flag.name;
      const bool known = std::find(names.begin(), names.end(), name) != names.end();
      if (!flag.value.empty() && !known) names.push_back(name);
    }
  }
  return fmt::format("{}", fmt::join(names, separator));
}

// Replaces each mark in `places` by its text, everywhere in the script.
std::string Filled(std::string script,
                   const std::vector<std::pair<std::string_view, std::string>>& places) {
  for (const auto& [place, text] : places) {
    for (size_t at = script.find(place); at != std::string::npos;
         at = script.find(place, at + text.size())) {
      script.replace(at, place.size(), text);
    }
  }
  return script;
}

std::vector<std::string> Words(const std::vector<Candidate>& candidates) {
  std::vector<std::string> words;
  words.reserve(candidates.size());
  for (const Candidate& candidate : candidates) words.push_back(candidate.word);
  return words;
}

// Quotes a text with single quotes, for a POSIX shell and for zsh.
std::string Quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

// A case pattern for the paths of commands, as "path" grows word by word: "user list"|...
std::string KnownPaths(const Places& places) {
  std::vector<std::string> paths;
  for (const auto& [path, place] : places) {
    if (!path.empty()) paths.push_back(Quoted(path));
  }
  return fmt::format("{}", fmt::join(paths, "|"));
}

std::string BashScript(const Commands& commands) {
  const Places places = PlacesOf(commands);
  std::string choices;
  for (const auto& [flag, words] : ChoicesOf(commands)) {
    choices += fmt::format("    {}) COMPREPLY=($(compgen -W {} -- \"$current\")); return ;;\n",
                           flag, Quoted(fmt::format("{}", fmt::join(words, " "))));
  }
  std::string rows;
  for (const auto& [path, place] : places) {
    rows += fmt::format("    {}) if [[ $current == -* ]]; then words={}; else words={}; fi ;;\n",
                        Quoted(path), Quoted(fmt::format("{}", fmt::join(Words(place.flags), " "))),
                        Quoted(fmt::format("{}", fmt::join(Words(place.words), " "))));
  }
  return Filled(embedded::kCompletionBash, {{"@FLAGS_WITH_VALUE@", FlagsWithValue(commands, "|")},
                                            {"@PATHS@", KnownPaths(places)},
                                            {"    # @CHOICES@\n", choices},
                                            {"    # @PLACES@\n", rows}});
}

std::string ZshItems(const std::vector<Candidate>& candidates) {
  std::string items;
  for (const Candidate& candidate : candidates) {
    items += fmt::format(" {}", Quoted(candidate.word + ":" + candidate.help));
  }
  return items;
}

std::string ZshScript(const Commands& commands) {
  const Places places = PlacesOf(commands);
  std::string choices;
  for (const auto& [flag, words] : ChoicesOf(commands)) {
    choices += fmt::format("    ({}) compadd -- {}; return ;;\n", flag, fmt::join(words, " "));
  }
  std::string rows;
  for (const auto& [path, place] : places) {
    rows += fmt::format(
        "    ({}) if [[ ${{words[CURRENT]}} == -* ]]; then items=({}); else items=({}); fi ;;\n",
        Quoted(path), ZshItems(place.flags), ZshItems(place.words));
  }
  return Filled(embedded::kCompletionZsh, {{"@FLAGS_WITH_VALUE@", FlagsWithValue(commands, "|")},
                                           {"@PATHS@", KnownPaths(places)},
                                           {"    # @CHOICES@\n", choices},
                                           {"    # @PLACES@\n", rows}});
}

std::string FishQuoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

std::string FishScript(const Commands& commands) {
  const Places places = PlacesOf(commands);
  std::string known;
  for (const auto& [path, place] : places) {
    if (!path.empty()) known += (known.empty() ? "" : " ") + FishQuoted(path);
  }
  std::string rows;
  for (const auto& [path, place] : places) {
    const std::string condition = FishQuoted(fmt::format("__sallyport_place \"{}\"", path));
    for (const Candidate& word : place.words) {
      rows += fmt::format("complete -c sallyport -f -n {} -a {} -d {}\n", condition,
                          FishQuoted(word.word), FishQuoted(word.help));
    }
  }
  for (const Command& command : commands) {
    const std::string condition = FishQuoted(fmt::format("__sallyport_place \"{}\"", command.path));
    for (const Flag& flag : FlagsOf(command)) {
      rows += fmt::format("complete -c sallyport -n {} -l {}{} -d {}\n", condition, flag.name,
                          flag.value.empty() ? "" : " -r", FishQuoted(flag.help));
      if (flag.choices.empty()) continue;
      rows += fmt::format("complete -c sallyport -n {} -l {} -x -a {}\n", condition, flag.name,
                          FishQuoted(fmt::format("{}", fmt::join(flag.choices, " "))));
    }
  }
  return Filled(embedded::kCompletionFish, {{"@FLAGS_WITH_VALUE@", FlagsWithValue(commands, " ")},
                                            {"@PATHS@", known},
                                            {"# @ROWS@\n", rows}});
}

}  // namespace

std::string CompletionScript(const Commands& commands, std::string_view shell) {
  if (shell == "zsh") return ZshScript(commands);
  if (shell == "fish") return FishScript(commands);
  return BashScript(commands);
}

}  // namespace sallyport::cli
