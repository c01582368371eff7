#include "main/limit_settings.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error_codes.h"
#include "base/ip.h"

namespace sallyport::main {
namespace {

constexpr uint32_t kMostPerSecond = 1'000'000;
constexpr std::string_view kAwsWord = "aws";

// A thousand people in an office that share one address can all sign in within a minute, with two
// calls each, without meeting one of these limits: thirty seconds' worth of calls may come at once.
constexpr std::array<uint32_t, domain::kAnonymous> kPerAddress{30, 10, 10, 10, 30};

base::Error LimitProblem(std::string message) {
  return {base::code::kInvalidSetting, std::move(message), {}};
}

struct NamedRate {
  std::string_view name;
  uint32_t per_second;
};

// "NAME=N".
std::optional<NamedRate> ParseRate(std::string_view text, uint32_t least) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const std::string_view number = text.substr(equals + 1);
  uint32_t rate = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), rate);
  if (error != std::errc() || end != number.data() + number.size() || rate < least ||
      rate > kMostPerSecond) {
    return std::nullopt;
  }
  return NamedRate{text.substr(0, equals), rate};
}

std::optional<std::pair<domain::Category, uint32_t>> ParseQuota(std::string_view text) {
  const auto rate = ParseRate(text, 1);
  const auto category = rate ? domain::CategoryOf(rate->name) : std::nullopt;
  if (!category) return std::nullopt;
  return std::pair(*category, rate->per_second);
}

std::optional<std::pair<domain::Anonymous, uint32_t>> ParseRateLimit(std::string_view text) {
  const auto rate = ParseRate(text, 0);
  const auto what = rate ? domain::AnonymousOf(rate->name) : std::nullopt;
  if (!what) return std::nullopt;
  return std::pair(*what, rate->per_second);
}

std::string RateLimitHelp() {
  std::string help =
      "At most N calls a second, and 30 times as many at once, from one client address, among "
      "those that need no credentials; 0: any number. With log-line, a call above it is served but "
      "gets no line in the log. Default:";
  for (size_t i = 0; i < domain::kAnonymous; ++i) {
    help += fmt::format("{} {}={}", i == 0 ? "" : ",",
                        domain::AnonymousName(static_cast<domain::Anonymous>(i)), kPerAddress[i]);
  }
  return help + ".";
}

base::Status CheckNetworks(std::string_view setting, const std::vector<std::string>& networks) {
  for (const std::string& network : networks) {
    if (base::IpNetwork::Parse(network)) continue;
    return LimitProblem(fmt::format(
        "{} \"{}\": neither an address nor a network of the form 10.0.0.0/8", setting, network));
  }
  return {};
}

std::vector<base::IpNetwork> NetworksOf(const std::vector<std::string>& texts) {
  std::vector<base::IpNetwork> networks;
  for (const std::string& text : texts) {
    if (const auto network = base::IpNetwork::Parse(text)) networks.push_back(*network);
  }
  return networks;
}

}  // namespace

void AddLimitRows(SettingTable& table, LimitSettings& s) {
  table.push_back(SwitchSetting("no-rate-limits",
                                "For load tests and emulation: no limit on calls at all, neither "
                                "by address nor by user nor by category.",
                                &s.no_rate_limits));
  table.push_back(ListSetting("rate-limit", "KIND=N", RateLimitHelp(), &s.rate_limits));
  table.push_back(ListSetting(
      "rate-limit-exempt", "ADDRESS[/BITS]",
      "Addresses for which --rate-limit does not count: servers that call for many people.",
      &s.rate_limit_exempt));
  table.push_back(
      ListSetting("quota", "aws|CATEGORY=N",
                  "At most N calls a second in one of AWS's categories, as in "
                  "UserAuthentication=120; aws: AWS's published quotas, which further rows can "
                  "change. Calls that revoke are never counted. Default: any number.",
                  &s.quotas));
  table.push_back(NumberSetting(
      "quota-per-user", "N",
      "At most this many calls a second that try one user's password or codes; 0: any number.", 0,
      kMostPerSecond, &s.quota_per_user));
  table.push_back(ListSetting("trusted-proxy", "ADDRESS[/BITS]",
                              "The proxies in front of the server. In their requests, the client "
                              "is the rightmost address in X-Forwarded-For that is not one of "
                              "these proxies. In other requests the header is ignored.",
                              &s.trusted_proxies));
  table.push_back(SwitchSetting("proxy-protocol",
                                "Each connection of a --trusted-proxy begins with a header of the "
                                "PROXY protocol, version 1 or 2; others are closed.",
                                &s.proxy_protocol));
}

base::Status CheckLimits(const LimitSettings& s) {
  for (const std::string& quota : s.quotas) {
    if (quota != kAwsWord && !ParseQuota(quota)) {
      return LimitProblem(
          fmt::format("quota \"{}\": neither aws nor of the form "
                      "UserAuthentication=120, with one of AWS's categories",
                      quota));
    }
  }
  for (const std::string& limit : s.rate_limits) {
    if (!ParseRateLimit(limit)) {
      return LimitProblem(fmt::format(
          "rate-limit \"{}\": not of the form sign-in=30, with a kind that --help names", limit));
    }
  }
  SALLYPORT_TRY(CheckNetworks("rate-limit-exempt", s.rate_limit_exempt));
  SALLYPORT_TRY(CheckNetworks("trusted-proxy", s.trusted_proxies));
  if (s.proxy_protocol && s.trusted_proxies.empty()) {
    return LimitProblem(
        "proxy-protocol: needs trusted-proxy, because the header is accepted from nobody else");
  }
  const bool limits = !s.quotas.empty() || !s.rate_limits.empty() || !s.rate_limit_exempt.empty();
  if (s.no_rate_limits && limits) {
    return LimitProblem(
        "no-rate-limits: refused together with quota, rate-limit or rate-limit-exempt, which would "
        "then have no effect");
  }
  return {};
}

domain::Quotas QuotasOf(const LimitSettings& s) {
  domain::Quotas quotas;
  if (s.no_rate_limits) return quotas;
  quotas.per_user = s.quota_per_user;
  quotas.per_address = kPerAddress;
  for (const std::string& text : s.rate_limits) {
    if (const auto limit = ParseRateLimit(text)) {
      quotas.per_address[static_cast<size_t>(limit->first)] = limit->second;
    }
  }
  quotas.exempt = NetworksOf(s.rate_limit_exempt);
  for (const std::string& text : s.quotas) {
    if (text == kAwsWord) quotas.per_category = domain::AwsQuotas();
  }
  for (const std::string& text : s.quotas) {
    if (const auto quota = ParseQuota(text)) {
      quotas.per_category[static_cast<size_t>(quota->first)] = quota->second;
    }
  }
  return quotas;
}

http1::TrustedProxies ProxiesOf(const LimitSettings& s) {
  return http1::TrustedProxies(NetworksOf(s.trusted_proxies));
}

}  // namespace sallyport::main
