#include "browser_fixture.h"

#include <openssl/sha.h>

#include <array>

#include "base/encoding.h"
#include "codec/form.h"

namespace sallyport::login {

namespace json = boost::json;

namespace {

std::string Challenge(std::string_view verifier) {
  std::array<uint8_t, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const uint8_t*>(verifier.data()), verifier.size(), hash.data());
  return base::Base64UrlEncode(hash);
}

void Keep(Browser& browser, const std::string& set_cookie) {
  const size_t equals = set_cookie.find('=');
  const std::string name = set_cookie.substr(0, equals);
  const std::string value = set_cookie.substr(equals + 1, set_cookie.find(';') - equals - 1);
  if (set_cookie.find("Max-Age=0") != std::string::npos) {
    browser.cookies.erase(name);
  } else {
    browser.cookies[name] = value;
  }
}

}  // namespace

Parameters With(Parameters parameters, const Parameters& changes) {
  for (const auto& [name, value] : changes) {
    std::erase_if(parameters, [&](const auto& known) { return known.first == name; });
    if (!value.empty()) parameters.emplace_back(name, value);
  }
  return parameters;
}

std::map<std::string, std::string> ParametersOf(std::string_view url) {
  const size_t at = url.find_first_of("?#");
  if (at == std::string_view::npos) return {};
  const auto form = codec::Form::Parse("application/x-www-form-urlencoded", url.substr(at + 1));
  EXPECT_TRUE(form.ok()) << url;
  if (!form) return {};
  return {form->parameters().begin(), form->parameters().end()};
}

std::string Field(const BrowserResponse& page, std::string_view name) {
  const size_t at = page.body.find("name=\"" + std::string(name) + "\"");
  if (at == std::string::npos) return {};
  const size_t value = page.body.find("value=\"", at) + 7;
  return page.body.substr(value, page.body.find('"', value) - value);
}

BrowserTest::BrowserTest() : web_(MakeWebClient()) {}

std::string BrowserTest::MakeWebClient(json::object more) {
  json::object input{{"UserPoolId", pool_},
                     {"ClientName", "web"},
                     {"AllowedOAuthFlowsUserPoolClient", true},
                     {"AllowedOAuthFlows", json::array{"code", "implicit"}},
                     {"AllowedOAuthScopes",
                      json::array{"openid", "email", "profile", "aws.cognito.signin.user.admin"}},
                     {"CallbackURLs", json::array{kCallback, "https://app.example/other"}},
                     {"LogoutURLs", json::array{kSignedOut}},
                     {"SupportedIdentityProviders", json::array{"COGNITO"}}};
  for (auto& member : more) input[member.key()] = std::move(member.value());
  const operations::Reply reply = Call("CreateUserPoolClient", input);
  EXPECT_TRUE(Succeeded(reply));
  return reply.Text("UserPoolClient.ClientId");
}

void BrowserTest::SetWebClient(json::array scopes, json::array urls) {
  ASSERT_TRUE(
      Succeeded(Call("UpdateUserPoolClient",
                     json::object{{"UserPoolId", pool_},
                                  {"ClientId", web_},
                                  {"AllowedOAuthFlowsUserPoolClient", true},
                                  {"AllowedOAuthFlows", json::array{"code"}},
                                  {"AllowedOAuthScopes", std::move(scopes)},
                                  {"CallbackURLs", std::move(urls)},
                                  {"SupportedIdentityProviders", json::array{"COGNITO"}}})));
}

Parameters BrowserTest::Request() const {
  return {{"client_id", web_},
          {"response_type", "code"},
          {"redirect_uri", std::string(kCallback)},
          {"scope", "openid email aws.cognito.signin.user.admin"},
          {"state", "a b&c=d"},
          {"nonce", "n-1"},
          {"code_challenge", Challenge(kVerifier)},
          {"code_challenge_method", "S256"}};
}

BrowserResponse BrowserTest::Send(Browser& browser, std::string_view method, std::string_view path,
                                  const Parameters& query, const std::string& body) {
  std::string_view pool_id;
  const BrowserEndpoint* const endpoint = FindEndpoint(path, &pool_id);
  EXPECT_NE(endpoint, nullptr) << path;
  std::string cookies;
  for (const auto& [name, value] : browser.cookies) {
    cookies += (cookies.empty() ? "" : "; ") + name + "=" + value;
  }
  const std::string query_text = codec::EncodeForm(query);
  BrowserResponse response = endpoint->run(
      *services_, {.pool_id = pool_id,
                   .host = "127.0.0.1:9229",
                   .method = method,
                   .query = query_text,
                   .content_type = body.empty() ? "" : "application/x-www-form-urlencoded",
                   .body = body,
                   .cookies = cookies,
                   .accept_language = "en",
                   .context = {"192.0.2.7", "test"}});
  for (const std::string& set_cookie : response.set_cookies) Keep(browser, set_cookie);
  return response;
}

BrowserResponse BrowserTest::Get(Browser& browser, std::string_view path, const Parameters& query) {
  return Send(browser, "GET", path, query, "");
}

BrowserResponse BrowserTest::Post(Browser& browser, std::string_view path, const Parameters& query,
                                  const Parameters& form) {
  return Send(browser, "POST", path, query, codec::EncodeForm(form));
}

BrowserResponse BrowserTest::SignInOn(Browser& browser, const Parameters& query,
                                      std::string_view name, std::string_view password) {
  const BrowserResponse page = Get(browser, "/login", query);
  EXPECT_EQ(page.status, 200) << page.body;
  return Post(browser, "/login", query,
              {{"_csrf", Field(page, "_csrf")},
               {"username", std::string(name)},
               {"password", std::string(password)},
               {"step", "password"}});
}

std::string BrowserTest::CodeFor(Browser& browser, std::string_view name) {
  const BrowserResponse response = SignInOn(browser, Request(), name);
  EXPECT_EQ(response.status, 303) << response.body << response.cause;
  return ParametersOf(response.location)["code"];
}

BrowserTest::Redeemed BrowserTest::Redeem(std::string_view code, const Parameters& changes) {
  const std::string body = codec::EncodeForm(With({{"grant_type", "authorization_code"},
                                                   {"client_id", web_},
                                                   {"code", std::string(code)},
                                                   {"redirect_uri", std::string(kCallback)},
                                                   {"code_verifier", std::string(kVerifier)}},
                                                  changes));
  return AskForTokens(body);
}

BrowserTest::Redeemed BrowserTest::Refresh(std::string_view token, std::string_view scope,
                                           std::string_view resource) {
  return AskForTokens(codec::EncodeForm(With({{"grant_type", "refresh_token"}, {"client_id", web_}},
                                             {{"refresh_token", std::string(token)},
                                              {"scope", std::string(scope)},
                                              {"resource", std::string(resource)}})));
}

BrowserTest::Redeemed BrowserTest::AskForTokens(const std::string& body) {
  Redeemed redeemed{oauth2::Token(*services_, {.pool_id = {},
                                               .host = "127.0.0.1:9229",
                                               .method = "POST",
                                               .authorization = {},
                                               .content_type = "application/x-www-form-urlencoded",
                                               .body = body}),
                    {},
                    {}};
  redeemed.body = json::parse(redeemed.response.body).as_object();
  const auto text = [&](std::string_view name) {
    const json::value* const value = redeemed.body.if_contains(name);
    return value != nullptr ? std::string(value->as_string()) : std::string();
  };
  redeemed.tokens = {text("access_token"), text("id_token"), text("refresh_token")};
  return redeemed;
}

std::string BrowserTest::Silently(Browser& browser, const Parameters& changes) {
  const BrowserResponse response = Get(browser, "/oauth2/authorize", With(Request(), changes));
  auto parameters = ParametersOf(response.location);
  if (response.location.starts_with("../login?")) return "page";
  if (parameters.contains("error")) return parameters["error"];
  return parameters.contains("code") ? "code" : response.body;
}

void BrowserTest::TrackSessions(int most) {
  EXPECT_TRUE(Succeeded(Call("SetUserPoolSessionConfiguration",
                             json::object{{"UserPoolId", pool_},
                                          {"UserSessionTracking", "ENABLED"},
                                          {"TokenSession", json::object{{"MaxPerUser", most}}}})));
}

}  // namespace sallyport::login
