#include "ext_authz/inquiry_rules.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string>
#include <utility>

#include "base/regular_file.h"
#include "dynamodb/credentials.h"
#include "outgoing/url.h"

namespace sallyport::ext_authz {
namespace {

// A request waits for at most twice this, and a mode decides within 60 seconds (mode.h).
constexpr int64_t kGreatestTimeoutMillis = 20'000;
constexpr int64_t kGreatestCacheMillis = 3'600'000;
constexpr int64_t kMostCacheTokens = 10'000'000;
constexpr int64_t kMostCalls = 1'000'000;
constexpr int64_t kMostCallConnections = 1'000;
constexpr size_t kGreatestSecretFile = 4096;
constexpr int64_t kLeastRefreshMillis = 1'000;
constexpr int64_t kGreatestRefreshMillis = 3'600'000;

// The texts of `key`, which a rule of this mode must have.
std::string Needed(RuleReader& reader, std::string_view key, std::string_view what) {
  const auto text = reader.Text(key);
  if (!text) reader.Refuse(key, fmt::format("is missing: {}", what));
  return text.value_or("");
}

std::string ReadUrl(RuleReader& reader, std::string_view what) {
  constexpr std::string_view kUrl = "url";
  std::string url = Needed(reader, kUrl, what);
  const char* const problem = url.empty() ? nullptr : outgoing::WhyNoUrl(url);
  if (problem) reader.Refuse(kUrl, problem);
  return url;
}

inquiry::Inquirer::Options ReadCommon(RuleReader& reader) {
  inquiry::Inquirer::Options options;
  options.timeout_millis =
      reader.Millis("timeout", 10, kGreatestTimeoutMillis).value_or(options.timeout_millis);
  options.calls_per_second = static_cast<uint32_t>(
      reader.Number("calls_per_second", 1, kMostCalls).value_or(options.calls_per_second));
  options.calls.ca_file = reader.Text("ca_file").value_or("");
  options.calls.connections =
      static_cast<size_t>(reader.Number("connections", 1, kMostCallConnections)
                              .value_or(static_cast<int64_t>(options.calls.connections)));
  const std::string failure = reader.Text("on_failure").value_or("deny");
  options.allow_without_answer = failure == "allow";
  if (failure != "deny" && failure != "allow") {
    reader.Refuse("on_failure", "must be \"deny\" or \"allow\"");
  }
  return options;
}

void ReadCache(RuleReader& reader, inquiry::Inquirer::Options& options) {
  const auto allow = reader.Millis("allow_cache", 1, kGreatestCacheMillis);
  const auto deny = reader.Millis("deny_cache", 1, kGreatestCacheMillis);
  const auto tokens = reader.Number("cache_tokens", 1, kMostCacheTokens);
  options.allow_millis = allow.value_or(0);
  options.deny_millis = deny.value_or(0);
  if (tokens && !allow && !deny) {
    reader.Refuse("cache_tokens", "has no effect without allow_cache or deny_cache");
  }
  if (tokens) options.cache_tokens = static_cast<size_t>(*tokens);
}

base::Secret ReadSecret(RuleReader& reader, std::string_view key, const std::string& path) {
  auto secret = base::ReadPrivateFile(path, kGreatestSecretFile);
  if (!secret) {
    reader.Refuse(key, secret.error().message);
    return {};
  }
  const std::string_view text = secret->Reveal();
  const std::string_view line = text.substr(0, text.find_last_not_of("\r\n") + 1);
  if (line.empty() || line.find_first_of("\r\n") != line.npos) {
    reader.Refuse(key, "must name a file that has the secret in one line");
  }
  return base::Secret(std::string(line));
}

std::unique_ptr<const inquiry::Service> ReadService(RuleReader& reader) {
  const std::string protocol = reader.Text("protocol").value_or("get_user");
  std::string url = ReadUrl(reader, "where is the API whose GetUser is called, or the endpoint?");
  if (protocol == "get_user") {
    // Without one the rule accepts ID tokens only.
    if (reader.List("scope").empty()) {
      reader.Refuse("scope",
                    "is missing: GetUser accepts access tokens only, for instance those with the "
                    "scope aws.cognito.signin.user.admin");
    }
    return inquiry::MakeGetUser(std::move(url));
  }
  if (protocol != "rfc7662") {
    reader.Refuse("protocol", "must be \"get_user\" or \"rfc7662\"");
    return nullptr;
  }
  inquiry::IntrospectionOptions options{std::move(url), {}, {}};
  options.client = reader.Text("introspect_client").value_or("");
  const std::string path =
      Needed(reader, "secret_file",
             "the client's secret, or a bearer token if there is no introspect_client");
  if (!path.empty()) options.secret = ReadSecret(reader, "secret_file", path);
  return inquiry::MakeIntrospection(std::move(options), base::SystemClock::Get());
}

}  // namespace

std::optional<inquiry::IssuerKeys::Options> ReadIssuerKeys(RuleReader& reader) {
  constexpr std::string_view kJwksUrl = "jwks_url";
  inquiry::IssuerKeys::Options options;
  const auto url = reader.Text(kJwksUrl);
  const auto refresh = reader.Millis("jwks_refresh", kLeastRefreshMillis, kGreatestRefreshMillis);
  if (!url) {
    if (refresh) reader.Refuse("jwks_refresh", "has no effect without jwks_url");
    return std::nullopt;
  }
  const char* const problem = outgoing::WhyNoUrl(*url);
  if (problem) reader.Refuse(kJwksUrl, problem);
  if (reader.List("issuer").size() > 1) {
    reader.Refuse(kJwksUrl, "has the keys of one issuer, but the rule has several");
  }
  options.url = *url;
  options.refresh_millis = refresh.value_or(options.refresh_millis);
  options.ca_file = reader.Text("ca_file").value_or("");
  return options;
}

InquirerPtr ReadIntrospect(RuleReader& reader) {
  auto service = ReadService(reader);
  inquiry::Inquirer::Options options = ReadCommon(reader);
  ReadCache(reader, options);
  if (reader.failed()) return nullptr;
  return std::make_shared<inquiry::Inquirer>(std::move(service), std::move(options),
                                             base::SystemClock::Get());
}

InquirerPtr ReadBlocklist(RuleReader& reader) {
  inquiry::BlocklistOptions table;
  table.url = ReadUrl(reader, "where is DynamoDB?");
  table.region = Needed(reader, "region", "for which region are calls signed?");
  table.table = Needed(reader, "table", "what is the table's name?");
  table.key = Needed(reader, "key", "what is the name of the table's partition key?");
  table.ttl = reader.Text("ttl").value_or("");
  if (!table.key.empty() && table.key == table.ttl)
    reader.Refuse("ttl", "is the same attribute as key");
  table.look_up = reader.List("look_up");
  if (table.look_up.empty()) reader.Refuse("look_up", "is missing: which claims are looked up?");
  for (const std::string& name : table.look_up) {
    const auto* const end = std::end(inquiry::kLookUps);
    if (std::find(std::begin(inquiry::kLookUps), end, name) != end) continue;
    reader.Refuse("look_up", fmt::format("has \"{}\", which is not one of {}", name,
                                         fmt::join(inquiry::kLookUps, ", ")));
  }
  const std::string path =
      Needed(reader, "credentials_file", "with which credentials are calls signed?");
  inquiry::Inquirer::Options options = ReadCommon(reader);
  if (reader.failed()) return nullptr;
  auto opened = dynamodb::CredentialsFile::Open(path, base::SystemClock::Get());
  if (!opened) {
    reader.Refuse("credentials_file", opened.error().message);
    return nullptr;
  }
  const std::shared_ptr<dynamodb::CredentialsFile> credentials = std::move(opened).value();
  return std::make_shared<inquiry::Inquirer>(
      inquiry::MakeBlocklist(
          std::move(table), [credentials] { return credentials->Now(); }, base::SystemClock::Get()),
      std::move(options), base::SystemClock::Get());
}

}  // namespace sallyport::ext_authz
