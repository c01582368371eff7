// Rule: what one route requires of a token. Immutable.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "authorizer/sallyport.h"

namespace sallyport::authorizer {

class Rule {
 public:
  // nullptr: the options are valid; otherwise a static text that says what is wrong with them.
  static const char* WhyInvalid(const sallyport_rule_options& options);
  // nullptr: `issuer` may be the issuer of a user pool; otherwise a static text that follows it in
  // a message, and says why no token could have it.
  static const char* WhyNoIssuer(std::string_view issuer);
  // Precondition: the options are valid.
  explicit Rule(const sallyport_rule_options& options);

  sallyport_mode mode() const { return mode_; }
  int64_t leeway_seconds() const { return leeway_seconds_; }
  std::span<const std::string> issuers() const { return issuers_; }

  bool Pins(std::string_view issuer) const;
  // The rule of API Gateway's REST APIs: a route without scopes requires an ID token, one with
  // scopes an access token. HTTP APIs take either.
  bool AcceptsUse(std::string_view token_use) const;
  bool AcceptsClient(std::string_view client) const;
  // Whether a token with that `scope` claim has one of the rule's scopes. True where the rule has
  // none.
  bool AcceptsScope(std::string_view scope) const;

 private:
  sallyport_mode mode_;
  int64_t leeway_seconds_;
  sallyport_style style_;
  std::vector<std::string> issuers_;
  std::vector<std::string> clients_;  // sorted; empty: any client
  std::vector<std::string> scopes_;
};

}  // namespace sallyport::authorizer
