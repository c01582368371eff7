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

// For so long a server that did not answer is not asked.
constexpr Nanos kLeftInPeace = kSecond;

}  // namespace

std::string ApiAnswer::Text(std::string_view name) const {
  const json::value* value = body.if_contains(name);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

Api::Api(const Endpoints& servers, Nanos timeout, uint32_t first)
    : timeout_(timeout), turn_(first) {
  for (const Endpoint& server : servers) {
    servers_.push_back({std::make_unique<HttpClient>(server)});
  }
}

HttpAnswer Api::Ask(const std::string& request, ApiAnswer& answer) {
  const Nanos now = Now();
  for (size_t i = 0; i < servers_.size(); ++i) {
    answer.server = static_cast<Id>(turn_++ % servers_.size());
    if (servers_[answer.server].not_before <= now) break;
  }
  Server& server = servers_[answer.server];
  server.http->Connect();
  answer.sent = Now();
  HttpAnswer raw = server.http->Exchange(request, timeout_);
  answer.answered = Now();
  answer.status = raw.status;
  if (raw.status == 0 || raw.status == 503) server.not_before = answer.answered + kLeftInPeace;
  return raw;
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
  const HttpAnswer raw = Ask(request, answer);
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
            {"ExplicitAuthFlows", {"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}},
            {"AllowedOAuthFlowsUserPoolClient", true},
            {"AllowedOAuthFlows", {"code"}},
            {"AllowedOAuthScopes", {"openid", "aws.cognito.signin.user.admin"}},
            {"CallbackURLs", {"http://localhost/"}},
            {"LogoutURLs", {"http://localhost/bye"}},
            {"SupportedIdentityProviders", {"COGNITO"}}});
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

namespace {

std::string FormRequest(const std::string& path, const std::string& form) {
  return "POST " + path +
         " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
         "Content-Length: " +
         std::to_string(form.size()) + "\r\n\r\n" + form;
}

// What stands between `begin` and one of `ends`; "" where `begin` is not there.
std::string Between(const std::string& text, const std::string& begin, const char* ends) {
  const size_t at = text.find(begin);
  if (at == std::string::npos) return "";
  return text.substr(at + begin.size(),
                     text.find_first_of(ends, at + begin.size()) - at - begin.size());
}

}  // namespace

std::string Api::SignOutRequest(const std::string& client, const std::string& cookie) {
  return "GET /logout?client_id=" + client + " HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: " + cookie +
         "\r\n\r\n";
}

std::string Api::SignOutByAppRequest(const std::string& id_token, const std::string& cookie) {
  return "GET /logout?id_token_hint=" + id_token +
         "&post_logout_redirect_uri=http%3A%2F%2Flocalhost%2Fbye HTTP/1.1\r\nHost: 127.0.0.1\r\n"
         "Cookie: " +
         cookie + "\r\n\r\n";
}

std::string Api::RedeemRequest(const std::string& client, const std::string& code) {
  return FormRequest("/oauth2/token", "grant_type=authorization_code&client_id=" + client +
                                          "&code=" + code +
                                          "&redirect_uri=http%3A%2F%2Flocalhost%2F");
}

ApiAnswer Api::Send(const std::string& request, int ok) {
  ApiAnswer answer;
  const HttpAnswer raw = Ask(request, answer);
  answer.status = raw.status == ok ? 200 : raw.status;
  boost::system::error_code error;
  json::value value = json::parse(raw.body, error);
  if (!error && value.is_object()) answer.body = std::move(value.get_object());
  return answer;
}

std::optional<Api::OnPage> Api::SignInOnPage(const std::string& client, const std::string& username,
                                             const std::string& password) {
  std::string escaped = password;
  for (size_t at = 0; (at = escaped.find('!', at)) != std::string::npos;)
    escaped.replace(at, 1, "%21");
  ApiAnswer unused;
  const HttpAnswer page = Ask(
      FormRequest(
          "/login?response_type=code&client_id=" + client +
              "&redirect_uri=http%3A%2F%2Flocalhost%2F&scope=openid+aws.cognito.signin.user.admin",
          "username=" + username + "&password=" + escaped),
      unused);
  OnPage signed_in;
  signed_in.code = Between(page.Header("location"), "code=", "&");
  // Beside it there is another one, for forms.
  const std::string name = "sallyport-us-east-1_";
  signed_in.cookie = name + Between(page.head, "Set-Cookie: " + name, ";\r");
  signed_in.session = Between(signed_in.cookie, "=", ".");
  if (signed_in.code.empty()) return std::nullopt;
  const ApiAnswer redeemed = Send(RedeemRequest(client, signed_in.code), 200);
  signed_in.tokens = {redeemed.Text("access_token"), redeemed.Text("id_token"),
                      redeemed.Text("refresh_token"), redeemed.sent, redeemed.answered};
  if (signed_in.tokens.access.empty()) return std::nullopt;
  return signed_in;
}

int Api::Get(std::string_view path) {
  std::string request = "GET ";
  request += path;
  request += " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
  ApiAnswer unused;
  return Ask(request, unused).status;
}

}  // namespace sallyport::history
