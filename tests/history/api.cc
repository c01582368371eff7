#include "api.h"

#include <boost/json.hpp>

namespace sallyport::history {
namespace {

namespace json = boost::json;

// The server runs with --insecure-any-credentials: only the shape counts.
constexpr std::string_view kAuthorization =
    "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/us-east-1/cognito-idp/aws4_request, "
    "SignedHeaders=host;x-amz-date;x-amz-target, "
    "Signature=0000000000000000000000000000000000000000000000000000000000000000";

}  // namespace

std::string ApiAnswer::Text(std::string_view name) const {
  const json::value* value = body.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

ApiAnswer Api::Call(std::string_view operation, const json::object& input) {
  std::string head =
      "POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-amz-json-1.1\r\n"
      "X-Amz-Target: AWSCognitoIdentityProviderService.";
  head += operation;
  return Exchange(head, input);
}

ApiAnswer Api::Post(std::string_view path, const json::object& input) {
  std::string head = "POST ";
  head += path;
  head += " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json";
  return Exchange(head, input);
}

// `head`: the request's head up to here, without the end of its last line.
ApiAnswer Api::Exchange(const std::string& head, const json::object& input) {
  const std::string body = json::serialize(input);
  std::string request = head + "\r\nX-Amz-Date: 20260101T000000Z\r\nAuthorization: ";
  request += kAuthorization;
  request += "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;

  ApiAnswer answer;
  http_.Connect();
  answer.sent = Now();
  HttpAnswer raw = http_.Exchange(request, timeout_);
  answer.answered = Now();
  answer.status = raw.status;
  boost::system::error_code error;
  json::value value = json::parse(raw.body, error);
  if (!error && value.is_object()) answer.body = std::move(value.get_object());
  if (raw.status != 200) {
    answer.error = answer.Text("__type");
    answer.error.erase(0, answer.error.find('#') + 1);
  }
  return answer;
}

std::string Api::CreatePool(std::string_view name) {
  const ApiAnswer answer = Call("CreateUserPool", {{"PoolName", name}});
  const json::value* pool = answer.body.if_contains("UserPool");
  if (!answer.ok() || pool == nullptr) return "";
  return std::string(pool->at("Id").as_string());
}

std::string Api::CreateClient(const std::string& pool) {
  const ApiAnswer answer =
      Call("CreateUserPoolClient",
           {{"UserPoolId", pool},
            {"ClientName", "checker"},
            {"ExplicitAuthFlows", {"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}}});
  const json::value* client = answer.body.if_contains("UserPoolClient");
  if (!answer.ok() || client == nullptr) return "";
  return std::string(client->at("ClientId").as_string());
}

bool Api::CreateUser(const std::string& pool, const std::string& username,
                     const std::string& password) {
  return Call("AdminCreateUser",
              {{"UserPoolId", pool}, {"Username", username}, {"MessageAction", "SUPPRESS"}})
             .ok() &&
         Call("AdminSetUserPassword", {{"UserPoolId", pool},
                                       {"Username", username},
                                       {"Password", password},
                                       {"Permanent", true}})
             .ok();
}

std::optional<Tokens> Api::SignIn(const std::string& client, const std::string& username,
                                  const std::string& password) {
  return TokensOf(TrySignIn(client, username, password));
}

ApiAnswer Api::TrySignIn(const std::string& client, const std::string& username,
                         const std::string& password) {
  return Call("InitiateAuth",
              {{"AuthFlow", "USER_PASSWORD_AUTH"},
               {"ClientId", client},
               {"AuthParameters", {{"USERNAME", username}, {"PASSWORD", password}}}});
}

std::optional<Tokens> Api::TokensOf(const ApiAnswer& answer) {
  const json::value* result = answer.body.if_contains("AuthenticationResult");
  if (!answer.ok() || result == nullptr) return std::nullopt;
  const json::object& tokens = result->as_object();
  return Tokens{std::string(tokens.at("AccessToken").as_string()),
                std::string(tokens.at("IdToken").as_string()),
                std::string(tokens.at("RefreshToken").as_string()), answer.sent, answer.answered};
}

ApiAnswer Api::Refresh(const std::string& client, const std::string& refresh_token) {
  return Call("InitiateAuth", {{"AuthFlow", "REFRESH_TOKEN_AUTH"},
                               {"ClientId", client},
                               {"AuthParameters", {{"REFRESH_TOKEN", refresh_token}}}});
}

int Api::Get(std::string_view path) {
  std::string request = "GET ";
  request += path;
  request += " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
  return http_.Exchange(request, timeout_).status;
}

}  // namespace sallyport::history
