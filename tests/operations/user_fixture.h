// UserTest: a pool, a client that allows password flows, and users of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "fixture.h"

namespace sallyport::operations {

inline constexpr std::string_view kPassword = "Passw0rd!";

struct Tokens {
  std::string access, id, refresh;
};

class UserTest : public OperationTest {
 protected:
  UserTest();

  // With the pool of the test; members of `more` beside UserPoolId and Username.
  Reply Admin(std::string_view operation, std::string_view username, boost::json::object more = {});
  // With an access token.
  Reply By(const Tokens& tokens, std::string_view operation, boost::json::object more = {});

  // From here on, names of the pool that differ only in case are the same. Existing names must be
  // in lower case.
  void IgnoreCase();
  // Confirmed, with kPassword.
  void MakeUser(std::string_view username, boost::json::array attributes = {});
  // USER_PASSWORD_AUTH.
  Reply Initiate(std::string_view username, std::string_view password = kPassword);
  Tokens SignIn(std::string_view username, std::string_view password = kPassword);
  Reply Refresh(const Tokens& tokens);
  static Tokens TokensOf(const Reply& reply);

  bool AccessTokenLives(const Tokens& tokens) { return By(tokens, "GetUser").ok(); }
  bool RefreshTokenLives(const Tokens& tokens) { return Refresh(tokens).ok(); }
  // Origin_jti of the families that the log revokes after `sequence`.
  std::vector<std::string> RevokedAfter(uint64_t sequence);
  static std::string OriginOf(const Tokens& tokens);
  uint64_t Head() { return store_->Head().sequence; }
  // The value of an attribute as AdminGetUser shows it; nullopt where it shows none.
  std::optional<std::string> AttributeOf(std::string_view username, std::string_view name);

  // Both tokens are dead, the families are in the log, and the answer waits for them.
  void ExpectRevoked(const Reply& reply, const std::vector<Tokens>& families, uint64_t head_before);

  std::string pool_, client_;
};

// [{"Name":...,"Value":...}]
boost::json::array AttributeList(
    std::initializer_list<std::pair<std::string_view, std::string_view>> attributes);
boost::json::object ClaimsOf(std::string_view token);

}  // namespace sallyport::operations
