// Which page or call a request reaches, by method and path.
#include "http/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <stdexcept>

#include "router_fixture.h"

namespace sallyport::http {
namespace {

using testing::HasSubstr;
using testing::Not;

// What an operator's command sends: the fixture's verify_signature decides about its signature.
const Fields kSigned = {{"Authorization", "AWS4-HMAC-SHA256 x"}, {"Host", "127.0.0.1"}};

TEST_F(RouterTest, EveryAnswerHasAnIdOfItsOwn) {
  const auto one = HeaderOf(Ask({.target = "/healthz"}), "x-amzn-RequestId");
  const auto two = HeaderOf(Ask({.target = "/nothing"}), "x-amzn-RequestId");
  ASSERT_TRUE(one && two);
  EXPECT_NE(*one, *two);
}

TEST_F(RouterTest, APathThatIsNobodysIsNotFound) {
  for (const char* target :
       {"/nothing", "//", "/healthz/", "/HEALTHZ", "/_sallyport", "/_sallyport/", "/metricsx",
        "/.well-known/jwks.json", "/a/b/.well-known/jwks.json", "/oauth2", "/oauth2/tokens", "*"}) {
    const Response response = Ask({.target = target});
    EXPECT_EQ(response.status, 404) << target;
    EXPECT_EQ(response.body, "{\"message\":\"Not Found\"}") << target;
    EXPECT_EQ(response.content_type, kJson) << target;
  }
}

TEST_F(RouterTest, AMethodThatAPathDoesNotHaveIsRefusedWithThoseThatItHas) {
  const struct {
    const char *method, *target, *allow;
  } kRows[] = {{"GET", "/", "POST, OPTIONS"},
               {"PUT", "/", "POST, OPTIONS"},
               {"POST", "/healthz", "GET, HEAD"},
               {"DELETE", "/nothing", "GET, HEAD"},
               {"GET", "/_sallyport/keys", "POST"},
               {"PUT", "/_sallyport/agents", "POST"},
               {"HEAD", "/confirmUser", "GET"},
               {"POST", "/confirmUser?code=1", "GET"},
               {"GET", "/oauth2/revoke", "POST, OPTIONS"}};
  for (const auto& row : kRows) {
    const Response response = Ask({.method = row.method, .target = row.target});
    EXPECT_EQ(response.status, 405) << row.method << " " << row.target;
    EXPECT_EQ(HeaderOf(response, "Allow"), row.allow) << row.method << " " << row.target;
  }
}

TEST_F(RouterTest, HealthIsForEverybodyWhateverTheQuery) {
  for (const char* target : {"/healthz", "/healthz?x=1", "/healthz?"}) {
    const Response response = Ask({.target = target});
    EXPECT_EQ(response.status, 200) << target;
    EXPECT_EQ(response.body, "ok\n");
  }
  EXPECT_EQ(Ask({.target = "/readyz"}).status, 200);
}

TEST_F(RouterTest, APoolsKeysAndDiscoveryAreDocumentsThatMayBeCached) {
  settings_.jwks_seconds = 77;
  const std::string at = "/" + pool_ + "/.well-known/";
  const Response keys = Ask({.target = at + "jwks.json"});
  EXPECT_EQ(keys.status, 200);
  EXPECT_EQ(JsonOf(keys).at("keys").as_array().size(), 1u);
  EXPECT_EQ(HeaderOf(keys, "Cache-Control"), "public, max-age=77");
  EXPECT_EQ(HeaderOf(keys, "Access-Control-Allow-Origin"), "*");
  const auto discovery = JsonOf(Ask({.target = at + "openid-configuration"}));
  EXPECT_THAT(std::string(discovery.at("jwks_uri").as_string()), HasSubstr(at + "jwks.json"));
  EXPECT_THAT(std::string(discovery.at("token_endpoint").as_string()),
              HasSubstr(pool_ + "/oauth2/token"));
  EXPECT_EQ(Ask({.target = at + "other"}).status, 404);
  const Response nobody = Ask({.target = "/eu-west-1_nothing/.well-known/jwks.json"});
  EXPECT_EQ(nobody.status, 404);
  EXPECT_THAT(nobody.body, HasSubstr("eu-west-1_nothing does not exist"));
}

TEST_F(RouterTest, TheOperatorsListenerShowsTheirPagesAndHealthAlone) {
  const auto ask = [this](const char* method, const std::string& target) {
    return Ask({.method = method, .target = target, .headers = kSigned, .face = Face::kOperator})
        .status;
  };
  for (const char* target :
       {"/healthz", "/readyz", "/metrics", "/_sallyport/outbox", "/_sallyport/hooks"}) {
    EXPECT_EQ(ask("GET", target), 200) << target;
  }
  for (const std::string& target :
       {std::string("/"), "/" + pool_ + "/.well-known/jwks.json", std::string("/oauth2/userInfo"),
        std::string("/confirmUser"), std::string("/_sallyport/keys")}) {
    EXPECT_EQ(ask("GET", target), 404) << target;
    EXPECT_EQ(ask("POST", target), 405) << target;
  }
}

TEST_F(RouterTest, OperatorsPagesAreRefusedToWhoeverDoesNotProveToBeOne) {
  for (const char* target : {"/metrics", "/_sallyport/outbox", "/_sallyport/hooks"}) {
    for (const Face face : {Face::kPublic, Face::kOperator}) {
      const Response response = Ask({.target = target, .face = face});
      EXPECT_EQ(response.status, 403) << target;
      EXPECT_THAT(response.body, HasSubstr("\"__type\"")) << target;
    }
  }
  signed_region_ = base::Error{"InvalidSignatureException", "no", ""};
  EXPECT_EQ(Ask({.target = "/_sallyport/outbox", .headers = kSigned}).status, 403);
}

TEST_F(RouterTest, ThePagesOfOwnApiAreShownToWhoeverMaySeeThem) {
  const Response hooks = Ask({.target = "/_sallyport/hooks", .headers = kSigned});
  EXPECT_EQ(hooks.status, 200);
  EXPECT_EQ(hooks.body, "{\"hooks\":[]}");
  EXPECT_EQ(hooks.content_type, kJson);
  EXPECT_EQ(HeaderOf(hooks, "Cache-Control"), "no-store");
  Fields browser = kSigned;
  browser.emplace_back("Accept", "text/html,*/*");
  const Response outbox = Ask({.target = "/_sallyport/outbox", .headers = browser});
  EXPECT_EQ(outbox.content_type, kHtml);
  EXPECT_THAT(HeaderOf(outbox, "Content-Security-Policy").value_or(""),
              HasSubstr("default-src 'none'"));
  EXPECT_EQ(Ask({.target = "/_sallyport/outbox?to=%", .headers = kSigned}).status, 400);
}

TEST_F(RouterTest, APageThatFailsOrWaitsTooLongIsAnsweredInAStatusOfItsOwn) {
  backends_->describe_hooks = []() -> std::string { throw std::runtime_error("the cause"); };
  const Response failed = Ask({.target = "/_sallyport/hooks", .headers = kSigned});
  EXPECT_EQ(failed.status, 500);
  EXPECT_THAT(failed.body, Not(HasSubstr("the cause")));
  FillQueues();
  EXPECT_EQ(Ask({.target = "/_sallyport/hooks", .headers = kSigned}).status, 429);
  EXPECT_EQ(Ask({.target = "/" + pool_ + "/.well-known/jwks.json"}).status, 429);
  EXPECT_EQ(Ask({.target = "/confirmUser?client_id=a"}).status, 429);
}

TEST_F(RouterTest, MetricsAreTextThatPrometheusReads) {
  backends_->metrics_readers = MetricsReaders::kAll;
  const Response response = Ask({.target = "/metrics"});
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(response.body, HasSubstr("# TYPE sallyport_log_head gauge\n"));
}

TEST_F(RouterTest, OwnEndpointsAnswerInJsonAndRefuseWhatIsNot) {
  const auto post = [this](const std::string& type, const std::string& body) {
    return Ask({.method = "POST",
                .target = "/_sallyport/keys",
                .headers = {{"Content-Type", type}},
                .body = body});
  };
  const std::string list = "{\"Action\":\"LIST\",\"UserPoolId\":\"" + pool_ + "\"}";
  const Response listed = post("application/json", list);
  EXPECT_EQ(listed.status, 200) << listed.body;
  EXPECT_EQ(listed.content_type, kJson);
  EXPECT_EQ(JsonOf(listed).at("Keys").as_array().size(), 1u);
  for (const auto& [type, body] : {std::pair<std::string, std::string>{"text/plain", list},
                                   {"application/json", "[]"},
                                   {"application/json", "{"},
                                   {"application/json", "{\"Action\":\"LIST\"}"}}) {
    const Response refused = post(type, body);
    EXPECT_EQ(refused.status, 400) << type << " " << body;
    EXPECT_THAT(refused.body, HasSubstr("\"__type\":\"InvalidParameterException\""));
  }
  signed_region_ = base::Error{"InvalidSignatureException", "no", ""};
  EXPECT_EQ(post("application/json", list).status, 403);
  signed_region_ = std::string("us-west-2");
  EXPECT_NE(post("application/json", list).status, 200) << "a pool of another region";
}

TEST_F(RouterTest, AnAnswerIsProvedToWhoAsksForItWhereItSucceeds) {
  Fields nonce = kSigned;
  nonce.emplace_back("X-Sallyport-Nonce", "n");
  EXPECT_TRUE(HeaderOf(Ask({.method = "POST", .target = "/_sallyport/proof", .headers = nonce}),
                       "X-Sallyport-Proof"));
  EXPECT_FALSE(HeaderOf(Ask({.method = "POST", .target = "/_sallyport/proof", .headers = kSigned}),
                        "X-Sallyport-Proof"));
  EXPECT_FALSE(HeaderOf(Ask({.target = "/nothing", .headers = nonce}), "X-Sallyport-Proof"));
}

TEST_F(RouterTest, TheLinkOfAMailIsAnsweredByAPage) {
  for (const char* query : {"", "?client_id=a&user_name=b&confirmation_code=c", "?client_id=%",
                            "?client_id=a&client_id=b"}) {
    const Response response = Ask({.target = "/confirmUser" + std::string(query)});
    EXPECT_EQ(response.status, 400) << query;
    EXPECT_EQ(response.content_type, kHtml);
    EXPECT_THAT(response.body, HasSubstr("<p>This link is invalid or has expired, or was used "
                                         "before.</p>"));
    EXPECT_THAT(HeaderOf(response, "Content-Security-Policy").value_or(""),
                HasSubstr("default-src 'none'"));
  }
}

TEST_F(RouterTest, AnUploadAndTheFeedOfOldAgentsAreForThePublicListener) {
  const Request upload = MakeRequest({.method = "PUT", .target = "/_sallyport/import/j?x=1"});
  EXPECT_TRUE(MakeRouter(Face::kPublic).IsUpload(upload));
  EXPECT_FALSE(MakeRouter(Face::kOperator).IsUpload(upload));
  EXPECT_FALSE(MakeRouter(Face::kPublic).IsUpload(MakeRequest({.target = "/_sallyport/import/j"})));
  EXPECT_FALSE(MakeRouter(Face::kPublic)
                   .IsUpload(MakeRequest({.method = "PUT", .target = "/_sallyport/import/j/k"})));
}

TEST_F(RouterTest, AnOldAgentIsToldToUpgradeAndOneWithAWrongTokenIsRefused) {
  const Request request = MakeRequest({.headers = {{"Authorization", "Bearer t"}}});
  const Router router = MakeRouter(Face::kPublic);
  Response refusal;
  EXPECT_FALSE(router.AdmitAgent(request, peer_, &refusal));
  EXPECT_EQ(refusal.status, 426);
  backends_->agent_of_token = [](std::string_view token) {
    return token == "t" ? std::optional<std::string>("gate-1") : std::nullopt;
  };
  EXPECT_EQ(router.AdmitAgent(request, peer_, &refusal), "gate-1");
  EXPECT_FALSE(router.AdmitAgent(MakeRequest({.headers = {{"Authorization", "Bearer u"}}}), peer_,
                                 &refusal));
  EXPECT_EQ(refusal.status, 401);
  EXPECT_FALSE(router.AdmitAgent(
      request, Peer{.address = "192.0.2.1", .loopback = false, .tls = false, .ip = {}}, &refusal));
  EXPECT_EQ(refusal.status, 403) << "the token would be readable on the way";
}

}  // namespace
}  // namespace sallyport::http
