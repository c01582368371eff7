// The rules that proxies ask for by name, as the operator's file has them:
//
// clang-format off
//   [orders]                        # GET /authorize/orders
//   mode = "live"
//   issuer = "https://login.example.com/eu-west-1_AbCdEfGhI"
//   client = ["3n4b5urk1ft4fl3mg5e62d9ado"]
//   scope = ["orders/read", "orders/write"]
//   style = "rest"
//   scope_status = 403
//   leeway = "10s"
//   [orders.headers]                # claims that go upstream
//   X-User = "sub"
// clang-format on
//
// The names mean what nginx's directives of the same names mean (docs/nginx.md).
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ext_authz/inquiry_rules.h"
#include "ext_authz/mode.h"
#include "inquiry/inquirer.h"
#include "inquiry/issuer_keys.h"

namespace sallyport::ext_authz {

// A header of an answer that allows, and the claim that is its value. An answer has each header of
// its rule, with an empty value where the token does not have the claim, so that a proxy replaces
// whatever its client has sent by that name.
struct ClaimHeader {
  std::string header;
  std::string claim;
};

struct NamedRule {
  std::string name;
  MakeMode make_mode;
  std::vector<ClaimHeader> headers;
  sallyport_style style = SALLYPORT_STYLE_REST;
  int scope_status = 401;  // 403 by default in the style of HTTP APIs
  // Who is asked about tokens, for metrics; null: nobody.
  std::shared_ptr<const inquiry::Inquirer> inquirer = {};
  // Where the keys come from; null: from the Replica.
  std::shared_ptr<const inquiry::IssuerKeys> issuer_keys = {};
  bool needs_replica = true;
};

// Reads the text of a file. Strict: an unknown key, a value of another type, or a rule that could
// never allow is an error. Its message is one line for the operator, and begins with `path` and the
// number of the line.
base::Result<std::vector<NamedRule>> ParseRules(std::string_view text, std::string_view path,
                                                const GiveIssuerKeys& issuer_keys);

// Reads a file of at most a megabyte.
base::Result<std::vector<NamedRule>> ReadRules(const std::string& path,
                                               const GiveIssuerKeys& issuer_keys);

}  // namespace sallyport::ext_authz
