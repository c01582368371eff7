#include "http/public_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <system_error>

#include "base/error_codes.h"
#include "http1/head.h"

namespace sallyport::http {
namespace {

// The first segments of all paths that are served here. If the prefix began with one of these, it
// could not be told whether a proxy has removed the prefix.
constexpr std::array kOwn = std::to_array<std::string_view>(
    {"_sallyport", "oauth2", "confirmUser", ".well-known", "healthz", "readyz", "metrics", "login",
     "logout", "signup", "confirm", "resendcode", "forgotPassword", "confirmforgotPassword"});

base::Error Refused(std::string_view url, std::string_view why) {
  return {base::code::kInvalidSetting, fmt::format("public-url \"{}\": {}", url, why), {}};
}

// Whether it consists of characters that no SDK encodes when it signs a path, and no proxy when it
// passes one on.
bool IsPlainSegment(std::string_view segment) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";
  return !segment.empty() && segment != "." && segment != ".." &&
         segment.find_first_not_of(kPlain) == std::string_view::npos;
}

// Whether the port of HOST or HOST:PORT is one that there can be. HTTP allows any digits there.
bool HasPossiblePort(std::string_view host) {
  const size_t colon = host.rfind(':');
  const size_t bracket = host.rfind(']');
  if (colon == std::string_view::npos || (bracket != std::string_view::npos && colon < bracket)) {
    return true;
  }
  const std::string_view digits = host.substr(colon + 1);
  uint32_t port = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  return read.ec == std::errc() && port >= 1 && port <= 65'535;
}

std::string_view AfterScheme(std::string_view url) {
  const size_t scheme = url.find("://");
  return scheme == std::string_view::npos ? url : url.substr(scheme + 3);
}

}  // namespace

std::string_view PathOfUrl(std::string_view public_url) {
  const std::string_view rest = AfterScheme(public_url);
  const size_t slash = rest.find('/');
  return slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
}

std::string WithoutPrefix(std::string_view target, std::string_view prefix) {
  if (prefix.empty() || !target.starts_with(prefix)) return std::string(target);
  const std::string_view rest = target.substr(prefix.size());
  if (rest.starts_with('/')) return std::string(rest);
  if (rest.empty() || rest.starts_with('?')) return "/" + std::string(rest);
  return std::string(target);
}

std::vector<std::string> SignedTargets(std::string_view target, std::string_view prefix) {
  std::vector<std::string> targets = {std::string(target)};
  if (prefix.empty()) return targets;
  targets.push_back(std::string(prefix) + std::string(target));
  // For "https://login.example.com/auth", some clients sign "/auth" and others "/auth/".
  const bool root = target == "/" || target.starts_with("/?");
  if (root) targets.push_back(std::string(prefix) + std::string(target.substr(1)));
  return targets;
}

base::Status CheckPublicUrl(std::string_view url) {
  if (!url.starts_with("http://") && !url.starts_with("https://")) {
    return Refused(url, "must be of the form https://host[:port][/path]");
  }
  const std::string_view rest = AfterScheme(url);
  const std::string_view host = rest.substr(0, rest.find('/'));
  if (!http1::IsHost(host)) return Refused(url, "what follows :// is not HOST or HOST:PORT");
  if (!HasPossiblePort(host)) return Refused(url, "its port is not between 1 and 65535");
  std::string_view path = PathOfUrl(url);
  if (path.ends_with('/')) return Refused(url, "it ends with a slash: leave it out");
  for (bool first = true; !path.empty(); first = false) {
    path.remove_prefix(1);
    const std::string_view segment = path.substr(0, path.find('/'));
    path.remove_prefix(segment.size());
    if (!IsPlainSegment(segment)) {
      return Refused(url,
                     "its path may have letters, digits and -_.~ between single slashes: clients "
                     "sign the path, and anything else is encoded in more than one way");
    }
    if (first && std::find(kOwn.begin(), kOwn.end(), segment) != kOwn.end()) {
      return Refused(url, fmt::format("its path begins with /{}, which is one of this server's own "
                                      "paths: choose another",
                                      segment));
    }
  }
  return {};
}

}  // namespace sallyport::http
