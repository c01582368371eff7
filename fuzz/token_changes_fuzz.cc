// Any bytes as the answer of a Pre Token Generation function, in each version: it is refused with
// AWS's message, or it changes the tokens, but never the claims on which gates and revocation rely.
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>
#include <string>
#include <string_view>

#include "domain/tokens/token_customisation.h"

namespace {

namespace json = boost::json;
using sallyport::domain::TokenChanges;

using Names = std::initializer_list<std::string_view>;

constexpr std::string_view kScope = "aws.cognito.signin.user.admin";

void Require(bool holds) {
  if (!holds) std::abort();
}

void RequireKept(const json::object& before, const json::object& after, Names names) {
  for (const std::string_view name : names) {
    Require(after.contains(name) && after.at(name) == before.at(name));
  }
}

json::object Common() {
  return {{"sub", "s"}, {"iss", "i"}, {"origin_jti", "o"}, {"event_id", "e"}, {"jti", "j"},
          {"exp", 3},   {"iat", 2},   {"auth_time", 1},    {"token_use", "u"}};
}

void Check(const TokenChanges& changes) {
  const Names common{"sub", "iss", "origin_jti", "event_id", "jti",
                     "exp", "iat", "auth_time",  "token_use"};
  json::object id = Common();
  id["aud"] = "c";
  id["cognito:username"] = "n";
  id["email"] = "m";
  json::object changed = id;
  ChangeIdToken(changes, changed);
  RequireKept(id, changed, common);
  RequireKept(id, changed, {"aud", "cognito:username"});

  json::object access = Common();
  access["client_id"] = "c";
  access["username"] = "n";
  access["scope"] = kScope;
  changed = access;
  ChangeAccessToken(changes, changed);
  RequireKept(access, changed, common);
  RequireKept(access, changed, {"client_id", "username"});
  Require(!changed.contains("aud") || changed.at("aud") == "c");
  // The reserved scope must not come from anywhere else.
  json::object without = access;
  without["scope"] = "notes/read";
  ChangeAccessToken(changes, without);
  const std::string scopes = " " + std::string(without.at("scope").as_string()) + " ";
  Require(scopes.find(" " + std::string(kScope) + " ") == std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  boost::system::error_code error;
  const json::value answer = json::parse({reinterpret_cast<const char*>(data), size}, error);
  if (error || !answer.is_object()) return 0;
  for (const int version : {1, 2, 3}) {
    const auto changes = sallyport::domain::ReadTokenChanges(answer.get_object(), version);
    if (changes) {
      Check(*changes);
    } else {
      Require(changes.error().code == "InvalidLambdaResponseException");
    }
  }
  return 0;
}
