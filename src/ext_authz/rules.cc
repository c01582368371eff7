#include "ext_authz/rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/error_codes.h"
#include "base/regular_file.h"
#include "base/text.h"
#include "ext_authz/inquiry_mode.h"
#include "ext_authz/inquiry_rules.h"
#include "ext_authz/local_mode.h"
#include "ext_authz/rule_reader.h"

namespace sallyport::ext_authz {
namespace {

constexpr size_t kGreatestFile = 1 << 20;
constexpr size_t kMostRules = 1000;
constexpr size_t kGreatestName = 64;
constexpr size_t kMostHeaders = 64;

base::Error InvalidRules(std::string message) {
  return {base::code::kInvalidSetting, std::move(message), ""};
}

// ---- Modes

void ReadLive(RuleReader& reader, NamedRule& named, const GiveIssuerKeys&) {
  auto rule = ReadTokenRule(reader, SALLYPORT_MODE_LIVE);
  if (rule) named.make_mode = AtOnce(ByReplica(std::move(*rule)));
}

// The check of a rule that needs keys, and no revocations; null: there is a problem.
MakeLocalCheck ReadStatelessCheck(RuleReader& reader, NamedRule& named,
                                  const GiveIssuerKeys& issuer_keys) {
  auto rule = ReadTokenRule(reader, SALLYPORT_MODE_STATELESS);
  auto options = ReadIssuerKeys(reader);
  if (!rule || reader.failed()) return nullptr;
  if (!options) return ByReplica(std::move(*rule));
  auto keys = issuer_keys(std::move(*options));
  named.issuer_keys = keys;
  named.needs_replica = false;
  return ByIssuerKeys(std::move(*rule), std::move(keys));
}

void ReadStateless(RuleReader& reader, NamedRule& named, const GiveIssuerKeys& issuer_keys) {
  MakeLocalCheck check = ReadStatelessCheck(reader, named, issuer_keys);
  if (check) named.make_mode = AtOnce(std::move(check));
}

template <InquirerPtr (*kRead)(RuleReader&)>
void ReadInquiryMode(RuleReader& reader, NamedRule& named, const GiveIssuerKeys& issuer_keys) {
  MakeLocalCheck check = ReadStatelessCheck(reader, named, issuer_keys);
  const InquirerPtr inquirer = kRead(reader);
  if (!check || !inquirer) return;
  named.inquirer = inquirer;
  named.make_mode = ByInquiry(std::move(check), inquirer);
}

struct ModeRow {
  std::string_view name;
  // Reads the keys that the mode has into make_mode. After a problem, which the reader then knows,
  // the result is not used.
  void (*read)(RuleReader& reader, NamedRule& named, const GiveIssuerKeys& issuer_keys);
};

// The first one is the default.
constexpr std::array kModes = {
    ModeRow{"live", &ReadLive},
    ModeRow{"stateless", &ReadStateless},
    ModeRow{"introspect", &ReadInquiryMode<&ReadIntrospect>},
    ModeRow{"blocklist", &ReadInquiryMode<&ReadBlocklist>},
};

void ReadMode(RuleReader& reader, NamedRule& named, const GiveIssuerKeys& issuer_keys) {
  const std::string name = reader.Text("mode").value_or(std::string(kModes.front().name));
  const auto* const row = std::find_if(kModes.begin(), kModes.end(),
                                       [&name](const ModeRow& m) { return m.name == name; });
  if (row != kModes.end()) return row->read(reader, named, issuer_keys);
  std::vector<std::string_view> names;
  names.reserve(kModes.size());
  for (const ModeRow& mode : kModes) names.push_back(mode.name);
  reader.Refuse("mode", fmt::format("\"{}\" is not one of {}", name, fmt::join(names, ", ")));
}

// ---- Headers

// Headers that concern an answer itself, that the gate sends by itself, or that say who asks and
// for what: the value of a claim in their place would change the meaning of a message.
constexpr std::string_view kReserved[] = {"authorization",
                                          "cache-control",
                                          "connection",
                                          "content-encoding",
                                          "content-length",
                                          "content-type",
                                          "cookie",
                                          "date",
                                          "expect",
                                          "forwarded",
                                          "host",
                                          "keep-alive",
                                          "location",
                                          "proxy-authenticate",
                                          "proxy-authorization",
                                          "set-cookie",
                                          "te",
                                          "trailer",
                                          "transfer-encoding",
                                          "upgrade",
                                          "via",
                                          "www-authenticate"};
constexpr std::string_view kReservedPrefixes[] = {"proxy-", "x-amzn-", "x-envoy-", "x-forwarded-",
                                                  "x-original-"};

bool IsLetterOrDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

const char* WhyNoHeader(std::string_view name) {
  if (name.find('_') != std::string_view::npos) {
    return "has an underscore, and many upstreams take that for a hyphen: use a hyphen";
  }
  const bool is_plain =
      !name.empty() && name.size() <= kGreatestName && name.front() != '-' &&
      std::all_of(name.begin(), name.end(), [](char c) { return IsLetterOrDigit(c) || c == '-'; });
  if (!is_plain) return "is not a name of letters, digits and hyphens";
  const std::string lower = base::LowerCase(name);
  const bool reserved =
      std::find(std::begin(kReserved), std::end(kReserved), lower) != std::end(kReserved) ||
      std::any_of(std::begin(kReservedPrefixes), std::end(kReservedPrefixes),
                  [&lower](std::string_view prefix) { return lower.starts_with(prefix); });
  return reserved ? "has another meaning for proxies: choose another name" : nullptr;
}

std::vector<ClaimHeader> ReadHeaders(RuleReader& reader) {
  constexpr std::string_view kHeaders = "headers";
  std::vector<ClaimHeader> headers;
  for (auto& row : reader.Table(kHeaders)) {
    const std::string& header = row.first;
    const bool twice = std::any_of(headers.begin(), headers.end(), [&](const ClaimHeader& known) {
      return base::EqualIgnoringCase(known.header, header);
    });
    if (twice) reader.Refuse(kHeaders, fmt::format("has {} twice", header));
    if (const char* const problem = WhyNoHeader(header)) {
      reader.Refuse(kHeaders, fmt::format("has {}, which {}", header, problem));
    }
    headers.push_back({std::move(row.first), std::move(row.second)});
  }
  if (headers.size() > kMostHeaders) reader.Refuse(kHeaders, "has more than 64 headers");
  return headers;
}

// ---- Rules

bool IsRuleName(std::string_view name) {
  return !name.empty() && name.size() <= kGreatestName &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return IsLetterOrDigit(c) || c == '-' || c == '_'; });
}

base::Result<NamedRule> ReadRule(std::string name, const toml::table& table, std::string_view path,
                                 const GiveIssuerKeys& issuer_keys) {
  RuleReader reader(table, path);
  NamedRule rule;
  rule.name = std::move(name);
  ReadMode(reader, rule, issuer_keys);
  rule.headers = ReadHeaders(reader);
  rule.style = ReadStyle(reader);
  if (rule.style == SALLYPORT_STYLE_HTTP) rule.scope_status = 403;
  if (const auto status = reader.Number("scope_status", 401, 403)) {
    if (*status == 402) reader.Refuse("scope_status", "must be 401 or 403");
    rule.scope_status = static_cast<int>(*status);
  }
  SALLYPORT_TRY(reader.Finish());
  return rule;
}

}  // namespace

base::Result<std::vector<NamedRule>> ParseRules(std::string_view text, std::string_view path,
                                                const GiveIssuerKeys& issuer_keys) {
  toml::table file;
  try {
    file = toml::parse(text);
  } catch (const toml::parse_error& error) {
    return InvalidRules(
        fmt::format("{}:{}: {}", path, error.source().begin.line, error.description()));
  }
  std::vector<NamedRule> rules;
  for (const auto& [key, node] : file) {
    const std::string where = fmt::format("{}:{}", path, key.source().begin.line);
    const toml::table* const table = node.as_table();
    if (!table) {
      return InvalidRules(
          fmt::format("{}: {} is outside of a rule, which begins with its name, as in [orders]",
                      where, key.str()));
    }
    if (!IsRuleName(key.str())) {
      return InvalidRules(fmt::format(
          "{}: \"{}\" cannot be a rule's name, which has up to {} letters, digits, - and _", where,
          key.str(), kGreatestName));
    }
    SALLYPORT_ASSIGN(auto rule, ReadRule(std::string(key.str()), *table, path, issuer_keys));
    rules.push_back(std::move(rule));
  }
  if (rules.empty()) return InvalidRules(fmt::format("{}: has no rule", path));
  if (rules.size() > kMostRules) {
    return InvalidRules(fmt::format("{}: has more than {} rules", path, kMostRules));
  }
  return rules;
}

base::Result<std::vector<NamedRule>> ReadRules(const std::string& path,
                                               const GiveIssuerKeys& issuer_keys) {
  const auto text = base::ReadRegularFile(path, kGreatestFile);
  if (!text) return InvalidRules(text.error().message);
  return ParseRules(*text, path, issuer_keys);
}

}  // namespace sallyport::ext_authz
