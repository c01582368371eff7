#include "main/settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <utility>
#include <variant>

#include "base/duration.h"
#include "base/error_codes.h"
#include "base/nearest.h"
#include "codec/command_line.h"

namespace sallyport::main {
namespace {

constexpr std::string_view kConfig = "config";

using Values = std::map<std::string, std::vector<std::string>, std::less<>>;

base::Error SettingsFileProblem(std::string message) {
  return {base::code::kInvalidSetting, std::move(message), {}};
}

std::optional<uint32_t> ParseNumber(std::string_view text) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string Spelled(std::string name, char from, char to) {
  std::replace(name.begin(), name.end(), from, to);
  return name;
}

const Setting* Find(const SettingTable& table, std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [name](const Setting& row) { return row.name == name; });
  return found == table.end() ? nullptr : &*found;
}

// For example " (did you mean feed_ttl?)", or an empty text.
std::string Suggestion(const SettingTable& table, std::string_view name) {
  std::vector<std::string> known;
  for (const Setting& setting : table) known.push_back(setting.name);
  const std::string nearest = base::Nearest(name, known);
  return nearest.empty() ? "" : fmt::format(" (did you mean {}?)", Spelled(nearest, '-', '_'));
}

base::Status ReadFlags(const SettingTable& table, const std::vector<std::string>& arguments,
                       Values& values, std::vector<std::string>* words) {
  std::vector<codec::KnownFlag> known;
  for (const Setting& setting : table) {
    known.push_back({setting.name, setting.value.empty() ? codec::FlagValue::kOptional
                                                         : codec::FlagValue::kNeeded});
  }
  codec::CommandLine line(arguments);
  while (!line.AtEnd()) {
    SALLYPORT_ASSIGN(auto part, line.Next(known));
    if (auto* flag = std::get_if<codec::GivenFlag>(&part)) {
      values[flag->name].push_back(std::move(flag->value));
      continue;
    }
    std::string& word = std::get<codec::GivenWord>(part).text;
    if (!words) return SettingsFileProblem(fmt::format("unexpected argument \"{}\"", word));
    words->push_back(std::move(word));
  }
  return {};
}

void ReadEnvironment(const SettingTable& table,
                     const std::function<const char*(const char*)>& environment, Values& values) {
  for (const Setting& setting : table) {
    std::string variable = "SALLYPORT_" + Spelled(setting.name, '-', '_');
    std::transform(variable.begin(), variable.end(), variable.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
    const char* text = environment(variable.c_str());
    if (!text || values.contains(setting.name)) continue;
    std::string_view rest = text;
    size_t comma = 0;
    while (setting.several && (comma = rest.find(',')) != std::string_view::npos) {
      values[setting.name].emplace_back(rest.substr(0, comma));
      rest.remove_prefix(comma + 1);
    }
    values[setting.name].emplace_back(rest);
  }
}

std::optional<std::string> TomlText(const toml::node& node) {
  if (const auto* text = node.as_string()) return text->get();
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  return std::nullopt;
}

base::Status ReadFile(const SettingTable& table, const std::string& path, Values& values) {
  toml::table file;
  try {
    file = toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    return SettingsFileProblem(
        fmt::format("{}:{}: {}", path, error.source().begin.line, error.description()));
  }
  for (const auto& [key, node] : file) {
    const std::string name = Spelled(std::string(key.str()), '_', '-');
    const Setting* setting = Find(table, name);
    if (!setting || name == kConfig || key.str().find('-') != std::string_view::npos) {
      return SettingsFileProblem(fmt::format("{}:{}: unknown key {}{}", path,
                                             key.source().begin.line, key.str(),
                                             Suggestion(table, name)));
    }
    std::vector<std::string> texts;
    const toml::array* array = setting->several ? node.as_array() : nullptr;
    const size_t count = array ? array->size() : 1;
    for (size_t i = 0; i < count; ++i) {
      auto text = TomlText(array ? *array->get(i) : node);
      if (!text) {
        return SettingsFileProblem(fmt::format("{}:{}: {} has a value of the wrong type", path,
                                               key.source().begin.line, key.str()));
      }
      texts.push_back(std::move(*text));
    }
    if (!values.contains(name)) values[name] = std::move(texts);
  }
  return {};
}

}  // namespace

Setting TextSetting(std::string name, std::string value, std::string help, std::string* target) {
  return {std::move(name),
          std::move(value),
          std::move(help),
          *target,
          false,
          [target](const std::vector<std::string>& values) -> base::Status {
            *target = values[0];
            return {};
          }};
}

Setting ListSetting(std::string name, std::string value, std::string help,
                    std::vector<std::string>* target) {
  return {std::move(name),
          std::move(value),
          std::move(help),
          fmt::format("{}", fmt::join(*target, ",")),
          true,
          [target](const std::vector<std::string>& values) -> base::Status {
            *target = values;
            return {};
          }};
}

Setting NumberSetting(std::string name, std::string value, std::string help, uint32_t least,
                      uint32_t greatest, uint32_t* target) {
  return {
      std::move(name),
      std::move(value),
      std::move(help),
      std::to_string(*target),
      false,
      [=](const std::vector<std::string>& values) -> base::Status {
        const auto number = ParseNumber(values[0]);
        if (!number || *number < least || *number > greatest) {
          return SettingsFileProblem(fmt::format("not a number from {} to {}", least, greatest));
        }
        *target = *number;
        return {};
      }};
}

Setting MillisSetting(std::string name, std::string help, uint32_t least, uint32_t greatest,
                      uint32_t* target) {
  return {std::move(name),
          "TIME",
          std::move(help),
          fmt::format("{}ms", *target),
          false,
          [=](const std::vector<std::string>& values) -> base::Status {
            const auto millis = base::ParseMillis(values[0]);
            if (!millis || *millis < least || *millis > greatest) {
              return SettingsFileProblem(
                  fmt::format("not a time like 500ms or 2s, from {}ms to {}ms", least, greatest));
            }
            *target = static_cast<uint32_t>(*millis);
            return {};
          }};
}

Setting SwitchSetting(std::string name, std::string help, bool* target) {
  return {std::move(name),
          "",
          std::move(help),
          "",
          false,
          [target](const std::vector<std::string>& values) -> base::Status {
            if (values[0] != "true" && values[0] != "false")
              return SettingsFileProblem("not true or false");
            *target = values[0] == "true";
            return {};
          }};
}

Setting WordSetting(std::string name, std::vector<std::string> words, size_t standard,
                    std::string help, std::function<void(size_t)> take) {
  const std::string value = fmt::format("{}", fmt::join(words, "|"));
  std::string shown = words[standard];
  return {std::move(name),
          value,
          std::move(help),
          std::move(shown),
          false,
          [words = std::move(words), value,
           take = std::move(take)](const std::vector<std::string>& values) -> base::Status {
            const auto found = std::find(words.begin(), words.end(), values[0]);
            if (found == words.end()) return SettingsFileProblem("not one of " + value);
            take(static_cast<size_t>(found - words.begin()));
            return {};
          }};
}

base::Status ApplySettings(const SettingTable& table, const std::vector<std::string>& arguments,
                           const std::function<const char*(const char*)>& environment,
                           std::vector<std::string>* words) {
  Values values;
  SALLYPORT_TRY(ReadFlags(table, arguments, values, words));
  ReadEnvironment(table, environment, values);
  if (const auto config = values.find(kConfig); config != values.end()) {
    SALLYPORT_TRY(ReadFile(table, config->second.back(), values));
  }
  for (const auto& [name, texts] : values) {
    const Setting& setting = *Find(table, name);
    if (texts.empty() || (texts.size() > 1 && !setting.several)) {
      return SettingsFileProblem(fmt::format("{} is given {} times", name, texts.size()));
    }
    if (const base::Status status = setting.set(texts); !status) {
      return SettingsFileProblem(
          fmt::format("{} \"{}\": {}", name, fmt::join(texts, ","), status.error().message));
    }
  }
  return {};
}

SettingTable Described(SettingTable table) {
  for (Setting& setting : table) setting.set = nullptr;
  return table;
}

std::string HelpText(std::string_view usage, std::string_view purpose, const SettingTable& table) {
  std::string text = fmt::format("usage: {}\n\n{}\n\n", usage, purpose);
  for (const Setting& setting : table) {
    std::string flag = "--" + setting.name;
    if (!setting.value.empty()) flag += " " + setting.value;
    std::string notes;
    if (setting.several) notes += " May be given several times.";
    if (!setting.standard.empty()) notes += fmt::format(" Default: {}.", setting.standard);
    text += fmt::format("  {}\n        {}{}\n", flag, setting.help, notes);
  }
  text +=
      "\nEach setting is also a variable (--feed-ttl: SALLYPORT_FEED_TTL) and a key of the TOML "
      "file\n"
      "that --config names (feed_ttl). Flags win over variables, variables over the file.\n";
  return text;
}

}  // namespace sallyport::main
