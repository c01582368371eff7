#include "http1/forwarded.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"

namespace sallyport::http1 {
namespace {

std::string_view WithoutBlanks(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  const size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

bool IsPort(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

// "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80".
std::optional<base::IpAddress> ParseHop(std::string_view text) {
  if (text.starts_with('[')) {
    const size_t end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && !(rest.front() == ':' && IsPort(rest.substr(1)))) return std::nullopt;
    const std::string_view address = text.substr(1, end - 1);
    if (address.find(':') == std::string_view::npos) return std::nullopt;
    return base::IpAddress::Parse(address);
  }
  const size_t colon = text.find(':');
  const bool port = colon != std::string_view::npos && colon == text.rfind(':');
  if (port && !IsPort(text.substr(colon + 1))) return std::nullopt;
  return base::IpAddress::Parse(port ? text.substr(0, colon) : text);
}

constexpr std::string_view kForwardedPrefix = "X-Forwarded-";
constexpr std::array<std::string_view, 9> kForwarding = {
    "Via",        "Forwarded",           "Forwarded-For",    "X-Original-Forwarded-For",
    "X-Real-IP",  "X-Cluster-Client-IP", "CF-Connecting-IP", "True-Client-IP",
    "X-Client-IP"};

bool IsForwarding(const Field& field) {
  using base::EqualIgnoringCase;
  if (EqualIgnoringCase(field.name.substr(0, kForwardedPrefix.size()), kForwardedPrefix)) {
    return true;
  }
  return std::any_of(kForwarding.begin(), kForwarding.end(), [&field](std::string_view name) {
    return EqualIgnoringCase(field.name, name);
  });
}

}  // namespace

bool ShowsProxy(const Head& head) {
  return !head.http11 || std::any_of(head.fields.begin(), head.fields.end(), IsForwarding);
}

bool TrustedProxies::Contains(const base::IpAddress& address) const {
  return std::any_of(
      networks_.begin(), networks_.end(),
      [&address](const base::IpNetwork& network) { return network.Contains(address); });
}

base::IpAddress TrustedProxies::ClientOf(const base::IpAddress& hop,
                                         std::span<const std::string_view> lines) const {
  base::IpAddress client = hop;
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    std::string_view rest = *line;
    for (bool more = true; more;) {
      const size_t comma = rest.rfind(',');
      more = comma != std::string_view::npos;
      const std::string_view item = WithoutBlanks(more ? rest.substr(comma + 1) : rest);
      if (more) rest = rest.substr(0, comma);
      // Empty elements of a list are skipped (RFC 9110 section 5.6.1.2).
      if (item.empty()) continue;
      const auto address = ParseHop(item);
      if (!address) return client;
      client = *address;
      if (!Contains(client)) return client;
    }
  }
  return client;
}

}  // namespace sallyport::http1
