// Settings: one table for flags, environment, TOML file and --help.
//
// A setting named "feed-ttl" is the flag --feed-ttl, the environment variable SALLYPORT_FEED_TTL
// and the TOML key feed_ttl. A flag takes precedence over the environment, the environment over the
// file, and the file over the default.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sallyport::main {

struct Setting {
  std::string name;
  std::string value;  // what --help calls the value, for example "DIR"; empty: a switch
  std::string help;
  std::string standard;  // the default that --help shows; empty: none
  bool several = false;  // may be given more than once; in the environment, separated by commas
  // Receives the values (one, unless `several`). An error's message says what is wrong with them.
  std::function<base::Status(const std::vector<std::string>&)> set;
};

using SettingTable = std::vector<Setting>;

// Rows for common types. `target` must outlive the table, and has the default value.
Setting TextSetting(std::string name, std::string value, std::string help, std::string* target);
Setting ListSetting(std::string name, std::string value, std::string help,
                    std::vector<std::string>* target);
Setting NumberSetting(std::string name, std::string value, std::string help, uint32_t least,
                      uint32_t greatest, uint32_t* target);
// For example "2s" or "500ms".
Setting MillisSetting(std::string name, std::string help, uint32_t least, uint32_t greatest,
                      uint32_t* target);
Setting SwitchSetting(std::string name, std::string help, bool* target);
// One of several words; *target is set to what the word stands for.
template <typename Enum>
struct Choice {
  std::string word;
  Enum value;
};
// The same for any meaning of the words: `take` is given the index.
Setting WordSetting(std::string name, std::vector<std::string> words, size_t standard,
                    std::string help, std::function<void(size_t)> take);

template <typename Enum>
Setting ChoiceSetting(std::string name, std::vector<Choice<Enum>> choices, std::string help,
                      Enum* target) {
  std::vector<std::string> words;
  size_t standard = 0;
  for (const Choice<Enum>& choice : choices) {
    if (choice.value == *target) standard = words.size();
    words.push_back(choice.word);
  }
  return WordSetting(
      std::move(name), std::move(words), standard, std::move(help),
      [choices = std::move(choices), target](size_t i) { *target = choices[i].value; });
}

// Applies flags, the environment and the file that --config names. `environment` gives nullptr for
// a variable that is not set. An error is one line for the operator. `words` receives the arguments
// that are not flags; if it is null, such an argument is an error.
base::Status ApplySettings(const SettingTable& table, const std::vector<std::string>& arguments,
                           const std::function<const char*(const char*)>& environment,
                           std::vector<std::string>* words = nullptr);

// The same rows, only for display.
SettingTable Described(SettingTable table);

// The text of `sallyport COMMAND --help`.
std::string HelpText(std::string_view usage, std::string_view purpose, const SettingTable& table);

}  // namespace sallyport::main
