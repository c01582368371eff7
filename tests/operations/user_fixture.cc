#include "user_fixture.h"

#include <algorithm>

#include "base/encoding.h"
#include "domain/pools/pool.h"
#include "domain/records/commit.h"

namespace sallyport::operations {

namespace json = boost::json;

UserTest::UserTest() {
  pool_ = MakePool();
  client_ = MakeClient(pool_, {{"ExplicitAuthFlows",
                                {"ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH",
                                 "ALLOW_REFRESH_TOKEN_AUTH"}}});
}

Reply UserTest::Admin(std::string_view operation, std::string_view username, json::object more) {
  more["UserPoolId"] = pool_;
  more["Username"] = username;
  return Call(operation, more);
}

Reply UserTest::By(const Tokens& tokens, std::string_view operation, json::object more) {
  more["AccessToken"] = tokens.access;
  return Call(operation, more);
}

void UserTest::IgnoreCase() {
  const auto change = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(domain::Pool pool, domain::GetPool(tx, pool_));
    for (auto& member : CaseInsensitive()) pool.description[member.key()] = member.value();
    return domain::PutPool(tx, pool);
  };
  ASSERT_TRUE(domain::Commit(*services_, change).ok());
}

void UserTest::MakeUser(std::string_view username, json::array attributes) {
  ASSERT_TRUE(
      Succeeded(Admin("AdminCreateUser", username,
                      {{"UserAttributes", std::move(attributes)}, {"MessageAction", "SUPPRESS"}})));
  ASSERT_TRUE(Succeeded(
      Admin("AdminSetUserPassword", username, {{"Password", kPassword}, {"Permanent", true}})));
}

Reply UserTest::Initiate(std::string_view username, std::string_view password) {
  return Call("InitiateAuth",
              json::object{{"ClientId", client_},
                           {"AuthFlow", "USER_PASSWORD_AUTH"},
                           {"AuthParameters", {{"USERNAME", username}, {"PASSWORD", password}}}});
}

Tokens UserTest::TokensOf(const Reply& reply) {
  return {reply.Text("AuthenticationResult.AccessToken"),
          reply.Text("AuthenticationResult.IdToken"),
          reply.Text("AuthenticationResult.RefreshToken")};
}

Tokens UserTest::SignIn(std::string_view username, std::string_view password) {
  const Reply reply = Initiate(username, password);
  EXPECT_TRUE(Succeeded(reply));
  return TokensOf(reply);
}

Reply UserTest::Refresh(const Tokens& tokens) {
  return Call("InitiateAuth",
              json::object{{"ClientId", client_},
                           {"AuthFlow", "REFRESH_TOKEN_AUTH"},
                           {"AuthParameters", {{"REFRESH_TOKEN", tokens.refresh}}}});
}

std::vector<std::string> UserTest::RevokedAfter(uint64_t sequence) {
  std::vector<std::string> revoked;
  for (const auto& entry : LogAfter(sequence)) {
    if (entry.revocation.kind == revocation::Kind::kFamily) {
      revoked.push_back(entry.revocation.subject);
    }
  }
  return revoked;
}

std::string UserTest::OriginOf(const Tokens& tokens) {
  return std::string(ClaimsOf(tokens.access).at("origin_jti").as_string());
}

std::optional<std::string> UserTest::AttributeOf(std::string_view username, std::string_view name) {
  const Reply reply = Admin("AdminGetUser", username);
  EXPECT_TRUE(Succeeded(reply));
  const json::value attributes = reply.At("UserAttributes");
  for (const json::value& item : attributes.as_array()) {
    if (item.at("Name").as_string() == name) return std::string(item.at("Value").as_string());
  }
  return std::nullopt;
}

void UserTest::ExpectRevoked(const Reply& reply, const std::vector<Tokens>& families,
                             uint64_t head_before) {
  EXPECT_TRUE(Succeeded(reply));
  EXPECT_EQ(reply.await_release, Head());
  const std::vector<std::string> revoked = RevokedAfter(head_before);
  EXPECT_EQ(revoked.size(), families.size());
  for (const Tokens& tokens : families) {
    EXPECT_EQ(std::count(revoked.begin(), revoked.end(), OriginOf(tokens)), 1);
    EXPECT_FALSE(AccessTokenLives(tokens));
    EXPECT_FALSE(RefreshTokenLives(tokens));
  }
}

json::array AttributeList(
    std::initializer_list<std::pair<std::string_view, std::string_view>> attributes) {
  json::array list;
  for (const auto& [name, value] : attributes) {
    list.push_back(json::object{{"Name", name}, {"Value", value}});
  }
  return list;
}

json::object ClaimsOf(std::string_view token) {
  const size_t first = token.find('.');
  const size_t second = token.find('.', first + 1);
  const auto bytes = base::Base64UrlDecode(token.substr(first + 1, second - first - 1));
  return json::parse(std::string(bytes->begin(), bytes->end())).as_object();
}

}  // namespace sallyport::operations
