#include "lambda/settings.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <optional>
#include <string_view>
#include <utility>

#include "authorizer/rule.h"
#include "base/secret.h"
#include "base/text.h"

namespace sallyport::lambda {
namespace {

constexpr std::string_view kPrefix = "SALLYPORT_";
constexpr int64_t kLeastPatience = 100;
// API Gateway waits for 10 s, and the function has to answer before that.
constexpr int64_t kGreatestPatience = 9'000;
constexpr int64_t kGreatestLeeway = 300;

base::Error Invalid(std::string_view name, std::string_view why) {
  return {base::code::kInvalidSetting, std::string(name) + ": " + std::string(why), ""};
}

// The words of a value that are separated by spaces, tabs or line ends.
std::vector<std::string> WordsOf(std::string_view text) {
  std::vector<std::string> words;
  constexpr std::string_view kSpaces = " \t\r\n";
  for (size_t at = text.find_first_not_of(kSpaces); at != text.npos;) {
    const size_t end = std::min(text.find_first_of(kSpaces, at), text.size());
    words.emplace_back(text.substr(at, end - at));
    at = text.find_first_not_of(kSpaces, end);
  }
  return words;
}

std::optional<int64_t> NumberOf(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

base::Result<int64_t> ReadNumber(std::string_view name, const std::string& value, int64_t least,
                                 int64_t greatest) {
  const auto number = NumberOf(value);
  if (!number || *number < least || *number > greatest) {
    return Invalid(
        name, "must be a number from " + std::to_string(least) + " to " + std::to_string(greatest));
  }
  return *number;
}

// ---- One function for each variable

base::Status ReadIssuers(const std::string& value, Settings& settings) {
  settings.issuers = WordsOf(value);
  if (settings.issuers.empty()) return Invalid("SALLYPORT_ISSUERS", "names no issuer");
  for (const std::string& issuer : settings.issuers) {
    if (const char* const problem = authorizer::Rule::WhyNoIssuer(issuer)) {
      return Invalid("SALLYPORT_ISSUERS", issuer + " " + problem);
    }
  }
  return {};
}

base::Status ReadClients(const std::string& value, Settings& settings) {
  settings.clients = WordsOf(value);
  if (settings.clients.empty()) return Invalid("SALLYPORT_CLIENTS", "names no client");
  return {};
}

base::Status ReadScopes(const std::string& value, Settings& settings) {
  settings.scopes = WordsOf(value);
  if (settings.scopes.empty()) return Invalid("SALLYPORT_SCOPES", "names no scope");
  return {};
}

base::Status ReadLeeway(const std::string& value, Settings& settings) {
  SALLYPORT_ASSIGN(const int64_t seconds,
                   ReadNumber("SALLYPORT_LEEWAY_SECONDS", value, 0, kGreatestLeeway));
  settings.leeway_seconds = static_cast<uint32_t>(seconds);
  return {};
}

base::Status ReadScopeStatus(const std::string& value, Settings& settings) {
  if (value != "401" && value != "403") {
    return Invalid("SALLYPORT_SCOPE_STATUS", "must be 401 or 403");
  }
  settings.scope_status = value == "401" ? 401 : 403;
  return {};
}

base::Status ReadStyle(const std::string& value, Settings& settings) {
  if (value != "rest" && value != "http") return Invalid("SALLYPORT_STYLE", "must be rest or http");
  settings.style = value == "http" ? SALLYPORT_STYLE_HTTP : SALLYPORT_STYLE_REST;
  return {};
}

base::Status ReadResponse(const std::string& value, Settings& settings) {
  if (value != "policy" && value != "simple") {
    return Invalid("SALLYPORT_RESPONSE", "must be policy or simple");
  }
  settings.response = value == "simple" ? ResponseFormat::kSimple : ResponseFormat::kPolicy;
  return {};
}

base::Status ReadTokenHeader(const std::string& value, Settings& settings) {
  const auto is_token_character = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  settings.token_header = base::LowerCase(std::string_view(value));
  if (value.empty() || !std::ranges::all_of(settings.token_header, is_token_character)) {
    return Invalid("SALLYPORT_TOKEN_HEADER", "must be the name of a header");
  }
  return {};
}

base::Status ReadPatience(const std::string& value, Settings& settings) {
  SALLYPORT_ASSIGN(settings.patience_millis, ReadNumber("SALLYPORT_PATIENCE_MILLIS", value,
                                                        kLeastPatience, kGreatestPatience));
  return {};
}

base::Status ReadDirectory(const std::string& value, Settings& settings) {
  if (!value.starts_with('/')) return Invalid("SALLYPORT_DIRECTORY", "must be an absolute path");
  settings.directory = value;
  return {};
}

base::Status ReadFeed(const std::string& value, Settings& settings) {
  settings.enrolment.servers.clear();
  for (const std::string& word : WordsOf(value)) {
    const auto address = channel::ParseAddress(word);
    if (!address) return Invalid("SALLYPORT_FEED", word + " is not HOST:PORT");
    settings.enrolment.servers.push_back(*address);
  }
  if (settings.enrolment.servers.empty()) return Invalid("SALLYPORT_FEED", "names no server");
  if (settings.enrolment.servers.size() > channel::kGreatestAddresses) {
    return Invalid("SALLYPORT_FEED", "names too many servers");
  }
  return {};
}

base::Status ReadEnrolmentText(const std::string& value, Settings& settings) {
  // Some forms for environment variables remove the line end at the end.
  auto enrolment = channel::ParseEnrolment(value.ends_with('\n') ? value : value + "\n");
  if (!enrolment) return Invalid("SALLYPORT_ENROLMENT", enrolment.error().message);
  settings.enrolment = std::move(enrolment).value();
  return {};
}

base::Status ReadEnrolmentFile(const std::string& value, Settings& settings) {
  std::ifstream file(value, std::ios::binary);
  std::string text(channel::kGreatestEnrolmentBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.empty()) {
    return Invalid("SALLYPORT_ENROLMENT_FILE", "the file " + value + " cannot be read");
  }
  auto enrolment = channel::ParseEnrolment(text);
  base::Wipe(text);
  if (!enrolment) return Invalid("SALLYPORT_ENROLMENT_FILE", enrolment.error().message);
  settings.enrolment = std::move(enrolment).value();
  return {};
}

struct Row {
  std::string_view name;
  base::Status (*read)(const std::string& value, Settings& settings);
};
// In this order: SALLYPORT_FEED replaces the servers of the enrolment.
constexpr std::array kRows = {
    Row{"SALLYPORT_ENROLMENT", ReadEnrolmentText},
    Row{"SALLYPORT_ENROLMENT_FILE", ReadEnrolmentFile},
    Row{"SALLYPORT_FEED", ReadFeed},
    Row{"SALLYPORT_ISSUERS", ReadIssuers},
    Row{"SALLYPORT_CLIENTS", ReadClients},
    Row{"SALLYPORT_SCOPES", ReadScopes},
    Row{"SALLYPORT_LEEWAY_SECONDS", ReadLeeway},
    Row{"SALLYPORT_SCOPE_STATUS", ReadScopeStatus},
    Row{"SALLYPORT_STYLE", ReadStyle},
    Row{"SALLYPORT_RESPONSE", ReadResponse},
    Row{"SALLYPORT_TOKEN_HEADER", ReadTokenHeader},
    Row{"SALLYPORT_PATIENCE_MILLIS", ReadPatience},
    Row{"SALLYPORT_DIRECTORY", ReadDirectory},
};

}  // namespace

Variables VariablesOf(const char* const* environment) {
  Variables variables;
  for (; *environment != nullptr; ++environment) {
    const std::string_view pair(*environment);
    const size_t equals = pair.find('=');
    if (!pair.starts_with(kPrefix) || equals == pair.npos) continue;
    variables.emplace(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return variables;
}

base::Result<Settings> ReadSettings(const Variables& variables) {
  for (const auto& [name, value] : variables) {
#ifdef SALLYPORT_TEST_FAULTS
    if (name == "SALLYPORT_FAULT") continue;
#endif
    if (std::ranges::find(kRows, name, &Row::name) == kRows.end()) {
      return Invalid(name, "there is no such variable");
    }
  }
  if (variables.count("SALLYPORT_ENROLMENT") + variables.count("SALLYPORT_ENROLMENT_FILE") != 1) {
    return Invalid("SALLYPORT_ENROLMENT",
                   "either this or SALLYPORT_ENROLMENT_FILE is required, and not both");
  }
  if (!variables.contains("SALLYPORT_ISSUERS")) return Invalid("SALLYPORT_ISSUERS", "is required");
  Settings settings;
  for (const Row& row : kRows) {
    const auto found = variables.find(std::string(row.name));
    if (found != variables.end()) SALLYPORT_TRY(row.read(found->second, settings));
  }
  if (settings.scopes.empty() && variables.contains("SALLYPORT_SCOPE_STATUS")) {
    return Invalid("SALLYPORT_SCOPE_STATUS", "has no effect without SALLYPORT_SCOPES");
  }
  return settings;
}

}  // namespace sallyport::lambda
