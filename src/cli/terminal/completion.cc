#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/terminal/help.h"

namespace sallyport::cli {
namespace {

struct Candidate {
  std::string word;
  std::string help;
};

// What may stand after the words `path`.
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

// Choices by flag.
std::map<std::string, std::vector<std::string>> ChoicesOf(const Commands& commands) {
  std::map<std::string, std::vector<std::string>> choices;
  for (const Command& command : commands) {
    for (const Flag& flag : FlagsOf(command)) {
      if (!flag.choices.empty()) choices["--" + flag.name] = flag.choices;
    }
  }
  return choices;
}

std::vector<std::string> FlagsWithValue(const Commands& commands) {
  std::vector<std::string> names;
  for (const Command& command : commands) {
    for (const Flag& flag : FlagsOf(command)) {
      const std::string name = "--" + flag.name;
      const bool known = std::find(names.begin(), names.end(), name) != names.end();
      if (!flag.value.empty() && !known) names.push_back(name);
    }
  }
  return names;
}

std::vector<std::string> Words(const std::vector<Candidate>& candidates) {
  std::vector<std::string> words;
  words.reserve(candidates.size());
  for (const Candidate& candidate : candidates) words.push_back(candidate.word);
  return words;
}

// In single quotes of a POSIX shell; zsh alike.
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
  std::string script =
      "# bash completion of sallyport: source <(sallyport completion bash)\n"
      "_sallyport() {\n"
      "  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} path= next= "
      "word= flag= words= i\n"
      "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
      "    word=${COMP_WORDS[i]}\n"
      "    if [[ $word == -* || -n $flag ]]; then\n"
      "      flag=\n";
  script += fmt::format("      case $word in {}) flag=1 ;; esac\n      continue\n    fi\n",
                        fmt::join(FlagsWithValue(commands), "|"));
  script += fmt::format(
      "    next=${{path:+$path }}$word\n    case $next in {}) path=$next ;; *) break ;; esac\n  "
      "done\n",
      KnownPaths(places));
  script += "  case $before in\n";
  for (const auto& [flag, choices] : ChoicesOf(commands)) {
    script += fmt::format("    {}) COMPREPLY=($(compgen -W {} -- \"$current\")); return ;;\n", flag,
                          Quoted(fmt::format("{}", fmt::join(choices, " "))));
  }
  script += fmt::format("    {}) COMPREPLY=($(compgen -f -- \"$current\")); return ;;\n  esac\n",
                        fmt::join(FlagsWithValue(commands), "|"));
  script += "  case $path in\n";
  for (const auto& [path, place] : places) {
    script +=
        fmt::format("    {}) if [[ $current == -* ]]; then words={}; else words={}; fi ;;\n",
                    Quoted(path), Quoted(fmt::format("{}", fmt::join(Words(place.flags), " "))),
                    Quoted(fmt::format("{}", fmt::join(Words(place.words), " "))));
  }
  script +=
      "  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$current\"))\n"
      "}\n"
      "complete -o default -F _sallyport sallyport\n";
  return script;
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
  std::string script =
      "#compdef sallyport\n"
      "# zsh completion of sallyport: source <(sallyport completion zsh), after compinit\n"
      "_sallyport() {\n"
      "  local place= next= word= flag= i\n"
      "  local -a items\n"
      "  for ((i = 2; i < CURRENT; i++)); do\n"
      "    word=${words[i]}\n"
      "    if [[ $word == -* || -n $flag ]]; then\n"
      "      flag=\n";
  script += fmt::format("      case $word in ({}) flag=1 ;; esac\n      continue\n    fi\n",
                        fmt::join(FlagsWithValue(commands), "|"));
  script += fmt::format(
      "    next=${{place:+$place }}$word\n    case $next in ({}) place=$next ;; (*) break ;; esac\n"
      "  done\n",
      KnownPaths(places));
  script += "  case ${words[CURRENT-1]} in\n";
  for (const auto& [flag, choices] : ChoicesOf(commands)) {
    script += fmt::format("    ({}) compadd -- {}; return ;;\n", flag, fmt::join(choices, " "));
  }
  script +=
      fmt::format("    ({}) _files; return ;;\n  esac\n", fmt::join(FlagsWithValue(commands), "|"));
  script += "  case $place in\n";
  for (const auto& [path, place] : places) {
    script += fmt::format(
        "    ({}) if [[ ${{words[CURRENT]}} == -* ]]; then items=({}); else items=({}); fi ;;\n",
        Quoted(path), ZshItems(place.flags), ZshItems(place.words));
  }
  script +=
      "  esac\n"
      "  if (( $#items )); then _describe sallyport items; else _files; fi\n"
      "}\n"
      "(( $+functions[compdef] )) && compdef _sallyport sallyport\n";
  return script;
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
    if (!path.empty()) known += " " + FishQuoted(path);
  }
  std::string script = fmt::format(
      "# fish completion of sallyport: sallyport completion fish | source\n"
      "function __sallyport_place\n"
      "  set -l place ''\n"
      "  set -l skip 0\n"
      "  set -l all (commandline -opc)\n"
      "  for word in $all[2..-1]\n"
      "    if test $skip = 1\n"
      "      set skip 0\n"
      "      continue\n"
      "    end\n"
      "    if string match -q -- '-*' $word\n"
      "      contains -- $word {}; and set skip 1\n"
      "      continue\n"
      "    end\n"
      "    set -l next (string trim \"$place $word\")\n"
      "    contains -- $next {}; or break\n"
      "    set place $next\n"
      "  end\n"
      "  test \"$place\" = \"$argv[1]\"\n"
      "end\n",
      fmt::join(FlagsWithValue(commands), " "), known);
  for (const auto& [path, place] : places) {
    const std::string condition = FishQuoted(fmt::format("__sallyport_place \"{}\"", path));
    for (const Candidate& word : place.words) {
      script += fmt::format("complete -c sallyport -f -n {} -a {} -d {}\n", condition,
                            FishQuoted(word.word), FishQuoted(word.help));
    }
  }
  for (const Command& command : commands) {
    const std::string condition = FishQuoted(fmt::format("__sallyport_place \"{}\"", command.path));
    for (const Flag& flag : FlagsOf(command)) {
      script += fmt::format("complete -c sallyport -n {} -l {}{} -d {}\n", condition, flag.name,
                            flag.value.empty() ? "" : " -r", FishQuoted(flag.help));
      if (flag.choices.empty()) continue;
      script += fmt::format("complete -c sallyport -n {} -l {} -x -a {}\n", condition, flag.name,
                            FishQuoted(fmt::format("{}", fmt::join(flag.choices, " "))));
    }
  }
  return script;
}

}  // namespace

std::string CompletionScript(const Commands& commands, std::string_view shell) {
  if (shell == "zsh") return ZshScript(commands);
  if (shell == "fish") return FishScript(commands);
  return BashScript(commands);
}

}  // namespace sallyport::cli
