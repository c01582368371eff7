#include "authorizer/rule.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "jose/token.h"

namespace sallyport::authorizer {
namespace {

bool AllNonEmpty(const sallyport_string* strings, size_t count) {
  return std::all_of(strings, strings + count,
                     [](const sallyport_string& s) { return s.data && s.size != 0; });
}

std::vector<std::string> Copy(const sallyport_string* strings, size_t count) {
  std::vector<std::string> copy;
  copy.reserve(count);
  for (size_t i = 0; i < count; ++i) copy.emplace_back(strings[i].data, strings[i].size);
  return copy;
}

}  // namespace

const char* Rule::WhyInvalid(const sallyport_rule_options& options) {
  // C code may store any number in an enum, and C++ must not even read a number that has no name.
  unsigned mode = 0;
  static_assert(sizeof(mode) == sizeof(options.mode));
  std::memcpy(&mode, &options.mode, sizeof(mode));
  if (mode != SALLYPORT_MODE_LIVE && mode != SALLYPORT_MODE_STATELESS) return "unknown mode";
  unsigned style = 0;
  static_assert(sizeof(style) == sizeof(options.style));
  std::memcpy(&style, &options.style, sizeof(style));
  if (style != SALLYPORT_STYLE_REST && style != SALLYPORT_STYLE_HTTP) return "unknown style";
  if (options.issuer_count == 0) return "the rule names no issuer";
  if (!AllNonEmpty(options.issuers, options.issuer_count)) return "empty issuer";
  if (!AllNonEmpty(options.clients, options.client_count)) return "empty client id";
  if (!AllNonEmpty(options.scopes, options.scope_count)) return "empty scope";
  for (size_t i = 0; i < options.scope_count; ++i) {
    const std::string_view scope(options.scopes[i].data, options.scopes[i].size);
    if (scope.find(' ') != scope.npos) return "a scope must not contain a space";
  }
  if (options.leeway_seconds > SALLYPORT_GREATEST_LEEWAY)
    return "the leeway must be at most 300 seconds";
  return nullptr;
}

const char* Rule::WhyNoIssuer(std::string_view issuer) {
  constexpr std::string_view kSchemes[] = {"https://", "http://"};
  const auto* const scheme =
      std::find_if(std::begin(kSchemes), std::end(kSchemes),
                   [issuer](std::string_view candidate) { return issuer.starts_with(candidate); });
  if (scheme == std::end(kSchemes) || issuer.size() == scheme->size()) {
    return "is not a URL: an issuer begins with \"https://\" or \"http://\"";
  }
  const std::string_view rest = issuer.substr(scheme->size());
  if (rest.front() == '/' || rest.front() == ':') return "is a URL without a host";
  for (const char c : rest) {
    if (c <= ' ' || c >= 0x7f) {
      return "is not a URL: it contains a space or a character beyond ASCII";
    }
    if (c == '?' || c == '#' || c == '@') {
      return "cannot be an issuer: it has a query, a fragment or a user name";
    }
  }
  if (rest.back() == '/') return "ends with a slash, but no user pool's issuer does";
  return nullptr;
}

Rule::Rule(const sallyport_rule_options& options)
    : mode_(options.mode),
      leeway_seconds_(options.leeway_seconds),
      style_(options.style),
      issuers_(Copy(options.issuers, options.issuer_count)),
      clients_(Copy(options.clients, options.client_count)),
      scopes_(Copy(options.scopes, options.scope_count)) {
  std::sort(clients_.begin(), clients_.end());
}

bool Rule::Pins(std::string_view issuer) const {
  return std::find(issuers_.begin(), issuers_.end(), issuer) != issuers_.end();
}

bool Rule::AcceptsUse(std::string_view token_use) const {
  const bool id = token_use == "id";
  const bool access = token_use == "access";
  if (style_ == SALLYPORT_STYLE_HTTP) return id || access;
  return scopes_.empty() ? id : access;
}

bool Rule::AcceptsClient(std::string_view client) const {
  return clients_.empty() || std::binary_search(clients_.begin(), clients_.end(), client);
}

bool Rule::AcceptsScope(std::string_view scope) const {
  return scopes_.empty() || std::any_of(scopes_.begin(), scopes_.end(), [&](const auto& wanted) {
           return jose::HasScope(scope, wanted);
         });
}

}  // namespace sallyport::authorizer
