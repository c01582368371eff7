#include "oauth_fixture.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/encoding.h"
#include "wire_record.h"

namespace sallyport::oauth2 {

namespace json = boost::json;

std::string OAuthReply::Text(std::string_view name) const {
  const json::value* value = body.if_contains(name);
  return value && value->is_string() ? std::string(value->as_string()) : std::string();
}

testing::AssertionResult Refused(const OAuthReply& reply, int status, std::string_view error) {
  if (reply.response.status == status && reply.Text("error") == error) {
    return testing::AssertionSuccess();
  }
  return testing::AssertionFailure() << reply.response.status << " " << json::serialize(reply.body)
                                     << " (" << reply.response.cause << ")";
}

std::string EncodeForm(Parameters parameters) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string form;
  for (const auto& [name, value] : parameters) {
    if (!form.empty()) form += '&';
    form.append(name).append(1, '=');
    for (const char c : value) {
      const auto byte = static_cast<unsigned char>(c);
      if (std::isalnum(byte)) {
        form += c;
      } else {
        form.append(1, '%').append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
      }
    }
  }
  return form;
}

std::string Basic(std::string_view id, std::string_view secret) {
  const std::string pair = std::string(id) + ":" + std::string(secret);
  return "Basic " + base::Base64Encode(base::AsBytes(pair));
}

OAuthTest::OAuthTest() {
  const json::array scopes{{{"ScopeName", "read"}, {"ScopeDescription", "reads"}},
                           {{"ScopeName", "write"}, {"ScopeDescription", "writes"}}};
  EXPECT_TRUE(Succeeded(Call("CreateResourceServer", json::object{{"UserPoolId", pool_},
                                                                  {"Identifier", "https://api/v1"},
                                                                  {"Name", "API"},
                                                                  {"Scopes", scopes}})));
  const operations::Reply client =
      Call("CreateUserPoolClient",
           {{"UserPoolId", pool_},
            {"ClientName", "machine"},
            {"GenerateSecret", true},
            {"ExplicitAuthFlows", json::array{"ALLOW_CLIENT_TOKEN_AUTH"}},
            {"AccessTokenValidity", 10},
            {"TokenValidityUnits", {{"AccessToken", "minutes"}}},
            {"AllowedOAuthFlowsUserPoolClient", true},
            {"AllowedOAuthFlows", json::array{"client_credentials"}},
            {"AllowedOAuthScopes", json::array{"https://api/v1/write", "https://api/v1/read"}}});
  EXPECT_TRUE(Succeeded(client));
  machine_ = client.Text("UserPoolClient.ClientId");
  secret_ = client.Text("UserPoolClient.ClientSecret");
}

OAuthReply OAuthTest::Post(Endpoint endpoint, Parameters parameters,
                           std::string_view authorization) {
  const std::string body = EncodeForm(parameters);
  OAuthReply reply{endpoint(*services_, {.pool_id = path_pool_,
                                         .host = host_,
                                         .method = "POST",
                                         .authorization = authorization,
                                         .content_type = "application/x-www-form-urlencoded",
                                         .body = body}),
                   {}};
  operations::RecordAnswer("POST", body, reply.response.status, reply.response.body);
  if (!reply.response.body.empty()) reply.body = json::parse(reply.response.body).as_object();
  return reply;
}

OAuthReply OAuthTest::MachineToken(Parameters parameters) {
  return Post(Token, parameters, Basic(machine_, secret_));
}

OAuthReply OAuthTest::Get(std::string_view bearer) {
  const std::string header = "Bearer " + std::string(bearer);
  OAuthReply reply{UserInfo(*services_, {.pool_id = path_pool_,
                                         .host = host_,
                                         .method = "GET",
                                         .authorization = header,
                                         .content_type = {},
                                         .body = {}}),
                   {}};
  operations::RecordAnswer("GET", header, reply.response.status, reply.response.body);
  if (!reply.response.body.empty()) reply.body = json::parse(reply.response.body).as_object();
  return reply;
}

}  // namespace sallyport::oauth2
