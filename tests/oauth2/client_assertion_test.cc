// private_key_jwt: a client proves itself by a key of its own.

#include <boost/json/serialize.hpp>

#include "jose/key.h"
#include "oauth_fixture.h"

namespace sallyport::oauth2 {
namespace {

namespace json = boost::json;

constexpr std::string_view kJwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

class ClientAssertionTest : public OAuthTest {
 protected:
  ClientAssertionTest()
      : key_(*jose::SigningKey::Generate()), other_(*jose::SigningKey::Generate()) {
    EXPECT_TRUE(Succeeded(Update({"sallyport:client-key:" + key_.ToPublic().ToJwk("k1")})));
  }

  operations::Reply Update(std::vector<std::string> logout_urls) {
    json::array urls;
    for (std::string& url : logout_urls) urls.emplace_back(std::move(url));
    return Call("UpdateUserPoolClient",
                json::object{{"UserPoolId", pool_},
                             {"ClientId", machine_},
                             {"ExplicitAuthFlows", json::array{"ALLOW_CLIENT_TOKEN_AUTH"}},
                             {"AllowedOAuthFlowsUserPoolClient", true},
                             {"AllowedOAuthFlows", json::array{"client_credentials"}},
                             {"AllowedOAuthScopes", json::array{"https://api/v1/read"}},
                             {"LogoutURLs", std::move(urls)}});
  }

  std::string Issuer() const { return settings_.public_url + "/" + pool_; }

  // With `changes` in the place of what is right; null takes a claim away.
  std::string Claims(const json::object& changes = {}) {
    const int64_t now = clock_.WallSeconds();
    json::object claims{{"iss", machine_}, {"sub", machine_},
                        {"aud", Issuer()}, {"exp", now + 60},
                        {"iat", now},      {"jti", "j-" + std::to_string(++made_)}};
    for (const auto& [name, value] : changes) {
      if (value.is_null()) {
        claims.erase(name);
      } else {
        claims[name] = value;
      }
    }
    return json::serialize(claims);
  }

  OAuthReply Ask(const std::string& assertion) {
    return Post(Token, {{"grant_type", "client_credentials"},
                        {"client_id", machine_},
                        {"client_assertion_type", kJwtBearer},
                        {"client_assertion", assertion}});
  }
  OAuthReply AskWith(const json::object& changes) {
    return Ask(*key_.SignJwt("k1", Claims(changes)));
  }

  jose::SigningKey key_, other_;
  int made_ = 0;
};

TEST_F(ClientAssertionTest, AClientProvesItselfByItsKeyOnce) {
  const std::string assertion = *key_.SignJwt("k1", Claims());
  const OAuthReply first = Ask(assertion);
  ASSERT_EQ(first.response.status, 200) << first.response.body << first.response.cause;
  EXPECT_EQ(ClaimsOf(first.Text("access_token"))["client_id"], json::value(machine_));
  EXPECT_TRUE(Refused(Ask(assertion), 400, "invalid_client"));
  EXPECT_EQ(AskWith({{"aud", Issuer() + "/oauth2/token"}}).response.status, 200);
  EXPECT_EQ(AskWith({{"iat", nullptr}}).response.status, 200);
}

TEST_F(ClientAssertionTest, WhatDoesNotProveTheClientIsRefused) {
  const int64_t now = clock_.WallSeconds();
  for (const json::object& wrong :
       std::vector<json::object>{{{"iss", client_}},
                                 {{"sub", client_}},
                                 {{"aud", Issuer() + "x"}},
                                 {{"aud", "https://other.example/"}},
                                 {{"aud", json::array{Issuer(), "https://other.example/"}}},
                                 {{"aud", nullptr}},
                                 {{"exp", now}},
                                 {{"exp", now + 3601}},
                                 {{"exp", nullptr}},
                                 {{"nbf", now + 61}},
                                 {{"iat", now + 61}},
                                 {{"jti", nullptr}}}) {
    EXPECT_TRUE(Refused(AskWith(wrong), 400, "invalid_client")) << json::serialize(wrong);
  }
  EXPECT_TRUE(Refused(Ask(*other_.SignJwt("k1", Claims())), 400, "invalid_client"));
  EXPECT_TRUE(Refused(Ask(*key_.SignJwt("k2", Claims())), 400, "invalid_client"));
  EXPECT_TRUE(Refused(Ask("a.b.c"), 400, "invalid_client"));
  // Another client's assertion, and a client without keys.
  EXPECT_TRUE(Refused(Post(Token, {{"grant_type", "refresh_token"},
                                   {"refresh_token", "x"},
                                   {"client_id", client_},
                                   {"client_assertion_type", kJwtBearer},
                                   {"client_assertion", *key_.SignJwt("k1", Claims())}}),
                      400, "invalid_client"));
  // An access token of the pool is no assertion of its client.
  EXPECT_TRUE(
      Refused(Ask(MachineToken({{"grant_type", "client_credentials"}}).Text("access_token")), 400,
              "invalid_client"));
}

// RFC 7521 section 4.2.
TEST_F(ClientAssertionTest, ItNamesTheClientWhereNothingElseDoes) {
  const auto ask = [&](std::string_view assertion) {
    return Post(Token, {{"grant_type", "client_credentials"},
                        {"client_assertion_type", kJwtBearer},
                        {"client_assertion", assertion}});
  };
  EXPECT_EQ(ask(*key_.SignJwt("k1", Claims())).response.status, 200);
  EXPECT_TRUE(Refused(ask(*key_.SignJwt("k1", Claims({{"sub", client_}}))), 400, "invalid_client"));
  EXPECT_TRUE(
      Refused(ask(*key_.SignJwt("k1", Claims({{"sub", "nobody"}}))), 400, "invalid_client"));
  EXPECT_TRUE(Refused(ask(*other_.SignJwt("k1", Claims())), 400, "invalid_client"));
  for (const char* nameless : {"a.b.c", ".e30.", "x"}) {
    EXPECT_TRUE(Refused(ask(nameless), 400, "invalid_request")) << nameless;
  }
}

TEST_F(ClientAssertionTest, AClientProvesItselfInOneWay) {
  const std::string assertion = *key_.SignJwt("k1", Claims());
  const auto post = [&](std::string_view type, std::string_view secret, std::string_view header) {
    return Post(Token,
                {{"grant_type", "client_credentials"},
                 {"client_id", machine_},
                 {"client_secret", secret},
                 {"client_assertion_type", type},
                 {"client_assertion", assertion}},
                header);
  };
  EXPECT_TRUE(Refused(post(kJwtBearer, secret_, ""), 400, "invalid_request"));
  EXPECT_TRUE(Refused(post(kJwtBearer, "", Basic(machine_, secret_)), 400, "invalid_request"));
  EXPECT_TRUE(Refused(post("", "", ""), 400, "invalid_request"));
  EXPECT_TRUE(Refused(post("urn:ietf:params:oauth:client-assertion-type:saml2-bearer", "", ""), 400,
                      "invalid_request"));
  // None of these has used it up.
  EXPECT_EQ(post(kJwtBearer, "", "").response.status, 200);
}

TEST_F(ClientAssertionTest, AKeyThatTheClientHasLostProvesNothing) {
  ASSERT_TRUE(Succeeded(Update({"sallyport:client-key:" + key_.ToPublic().ToJwk("k1"),
                                "sallyport:client-key:" + other_.ToPublic().ToJwk("k2")})));
  EXPECT_EQ(Ask(*key_.SignJwt("k1", Claims())).response.status, 200);
  EXPECT_EQ(Ask(*other_.SignJwt("k2", Claims())).response.status, 200);
  ASSERT_TRUE(Succeeded(Update({"sallyport:client-key:" + other_.ToPublic().ToJwk("k2")})));
  EXPECT_TRUE(Refused(Ask(*key_.SignJwt("k1", Claims())), 400, "invalid_client"));
  EXPECT_EQ(Ask(*other_.SignJwt("k2", Claims())).response.status, 200);
}

TEST_F(ClientAssertionTest, ARevocationMayBeRepeatedWithTheSameAssertion) {
  const std::string assertion = *key_.SignJwt("k1", Claims());
  for (int time = 0; time < 2; ++time) {
    const OAuthReply reply = Post(Revoke, {{"token", "spr1.x"},
                                           {"client_id", machine_},
                                           {"client_assertion_type", kJwtBearer},
                                           {"client_assertion", assertion}});
    EXPECT_NE(reply.Text("error"), "invalid_client") << reply.response.cause;
  }
  EXPECT_TRUE(Refused(Post(Revoke, {{"token", "spr1.x"},
                                    {"client_id", machine_},
                                    {"client_assertion_type", kJwtBearer},
                                    {"client_assertion", *other_.SignJwt("k1", Claims())}}),
                      401, "invalid_client"));
}

TEST_F(ClientAssertionTest, KeysAreSoundPublicOnesOfAClientWithASecret) {
  const std::string jwk = key_.ToPublic().ToJwk("k1");
  for (const std::string& wrong : {std::string("{}"), std::string("k1"), key_.ToPublic().ToJwk(""),
                                   std::string(R"({"kty":"oct","k":"AAAA","kid":"k1"})")}) {
    const operations::Reply reply = Update({"sallyport:client-key:" + wrong});
    EXPECT_EQ(reply.code, "InvalidParameterException") << wrong;
  }
  EXPECT_EQ(Update({"sallyport:client-key:" + jwk, "sallyport:client-key:" + jwk}).code,
            "InvalidParameterException");
  EXPECT_EQ(Call("CreateUserPoolClient",
                 json::object{{"UserPoolId", pool_},
                              {"ClientName", "public"},
                              {"LogoutURLs", json::array{"sallyport:client-key:" + jwk}}})
                .code,
            "InvalidParameterException");
}

}  // namespace
}  // namespace sallyport::oauth2
