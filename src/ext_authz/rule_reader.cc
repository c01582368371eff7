#include "ext_authz/rule_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/duration.h"
#include "base/error_codes.h"
#include "base/nearest.h"

namespace sallyport::ext_authz {
namespace {

constexpr std::string_view kIssuer = "issuer";
constexpr std::string_view kLeeway = "leeway";

std::vector<sallyport_string> ToStrings(const std::vector<std::string>& texts) {
  std::vector<sallyport_string> strings;
  strings.reserve(texts.size());
  for (const std::string& text : texts) strings.push_back({text.data(), text.size()});
  return strings;
}

}  // namespace

const toml::node* RuleReader::Find(std::string_view key) {
  known_.emplace_back(key);
  return rule_.get(key);
}

std::string RuleReader::Where(const toml::node& node) const {
  return fmt::format("{}:{}", path_, node.source().begin.line);
}

void RuleReader::Refuse(std::string_view key, std::string_view message) {
  if (problem_) return;
  const toml::node* const node = rule_.get(key);
  is_missing_ = node == nullptr;
  problem_ = fmt::format("{}: {} {}", Where(node ? *node : static_cast<const toml::node&>(rule_)),
                         key, message);
}

std::optional<std::string> RuleReader::Text(std::string_view key) {
  const toml::node* const node = Find(key);
  if (!node) return std::nullopt;
  const auto* const text = node->as_string();
  if (!text || text->get().empty()) {
    Refuse(key, "must be a text that is not empty");
    return std::nullopt;
  }
  return text->get();
}

std::optional<int64_t> RuleReader::Number(std::string_view key, int64_t least, int64_t greatest) {
  const toml::node* const node = Find(key);
  if (!node) return std::nullopt;
  const auto* const number = node->as_integer();
  if (!number || number->get() < least || number->get() > greatest) {
    Refuse(key, fmt::format("must be a number from {} to {}", least, greatest));
    return std::nullopt;
  }
  return number->get();
}

std::optional<int64_t> RuleReader::Millis(std::string_view key, int64_t least, int64_t greatest) {
  const toml::node* const node = Find(key);
  if (!node) return std::nullopt;
  const auto* const text = node->as_string();
  const auto millis = text ? base::ParseMillis(text->get()) : std::nullopt;
  if (!millis || *millis < least || *millis > greatest) {
    Refuse(key, fmt::format("must be a time like \"500ms\" or \"2s\", from {}ms to {}ms", least,
                            greatest));
    return std::nullopt;
  }
  return millis;
}

std::vector<std::string> RuleReader::List(std::string_view key) {
  const toml::node* const node = Find(key);
  if (!node) return {};
  const toml::array* const array = node->as_array();
  const size_t count = array ? array->size() : 1;
  std::vector<std::string> texts;
  for (size_t i = 0; i < count; ++i) {
    const auto* const text = (array ? *array->get(i) : *node).as_string();
    if (!text || text->get().empty()) {
      Refuse(key, "must be a text, or an array of texts, none of them empty");
      return {};
    }
    if (std::find(texts.begin(), texts.end(), text->get()) != texts.end()) {
      Refuse(key, fmt::format("has \"{}\" twice", text->get()));
      return {};
    }
    texts.push_back(text->get());
  }
  if (texts.empty()) Refuse(key, "is an empty array: leave it out if you mean none");
  return texts;
}

std::vector<std::pair<std::string, std::string>> RuleReader::Table(std::string_view key) {
  const toml::node* const node = Find(key);
  if (!node) return {};
  const toml::table* const table = node->as_table();
  if (!table) {
    Refuse(key, "must be a table");
    return {};
  }
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& [name, value] : *table) {
    const auto* const text = value.as_string();
    if (!text || text->get().empty()) {
      Refuse(key, fmt::format("has a value for {} that is not a text, or is empty", name.str()));
      return {};
    }
    pairs.emplace_back(name.str(), text->get());
  }
  return pairs;
}

base::Status RuleReader::Finish() {
  for (const auto& [key, node] : rule_) {
    if (problem_ && !is_missing_) break;
    if (std::find(known_.begin(), known_.end(), key.str()) != known_.end()) continue;
    const std::string nearest = base::Nearest(key.str(), known_);
    problem_ = fmt::format("{}: unknown key {}{}", Where(node), key.str(),
                           nearest.empty() ? "" : fmt::format(" (did you mean {}?)", nearest));
    break;
  }
  if (problem_) return base::Error{base::code::kInvalidSetting, *problem_, ""};
  return {};
}

sallyport_style ReadStyle(RuleReader& reader) {
  const std::string style = reader.Text("style").value_or("rest");
  if (style != "rest" && style != "http") reader.Refuse("style", "must be \"rest\" or \"http\"");
  return style == "http" ? SALLYPORT_STYLE_HTTP : SALLYPORT_STYLE_REST;
}

std::optional<authorizer::Rule> ReadTokenRule(RuleReader& reader, sallyport_mode mode) {
  const std::vector<std::string> issuers = reader.List(kIssuer);
  const std::vector<std::string> clients = reader.List("client");
  const std::vector<std::string> scopes = reader.List("scope");
  const auto leeway = reader.Millis(kLeeway, 0, int64_t{SALLYPORT_GREATEST_LEEWAY} * 1000);
  if (leeway.value_or(0) % 1000 != 0) reader.Refuse(kLeeway, "must be a number of whole seconds");
  for (const std::string& issuer : issuers) {
    if (const char* const problem = authorizer::Rule::WhyNoIssuer(issuer)) {
      reader.Refuse(kIssuer, fmt::format("\"{}\" {}", issuer, problem));
    }
  }
  const auto i = ToStrings(issuers);
  const auto c = ToStrings(clients);
  const auto s = ToStrings(scopes);
  const sallyport_rule_options options{mode,
                                       i.data(),
                                       i.size(),
                                       c.data(),
                                       c.size(),
                                       s.data(),
                                       s.size(),
                                       static_cast<uint32_t>(leeway.value_or(0) / 1000),
                                       ReadStyle(reader)};
  if (issuers.empty()) reader.Refuse(kIssuer, "is missing: whose tokens does the rule accept?");
  if (const char* const problem = authorizer::Rule::WhyInvalid(options)) {
    reader.Refuse("scope", problem);
  }
  if (reader.failed()) return std::nullopt;
  return authorizer::Rule(options);
}

}  // namespace sallyport::ext_authz
