#include "ext_authz/answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "authorizer/denial.h"

namespace sallyport::ext_authz {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(RuleIn, IsTheSegmentBehindAuthorizeAndNothingIsDecoded) {
  EXPECT_EQ(RuleIn("/authorize/orders"), "orders");
  EXPECT_EQ(RuleIn("/authorize/orders/"), "orders");
  EXPECT_EQ(RuleIn("/authorize/orders?x=/authorize/me"), "orders");
  // What Envoy appends is its client's.
  EXPECT_EQ(RuleIn("/authorize/orders/../me"), "orders");
  EXPECT_EQ(RuleIn("/authorize/orders//authorize/me"), "orders");
  EXPECT_EQ(RuleIn("/authorize/orders%2f..%2fme"), "orders%2f..%2fme");
  EXPECT_EQ(RuleIn("/authorize/orders;me"), "orders;me");
  for (const char* target :
       {"/authorize/", "/authorize", "/", "/authorize//orders", "//authorize/orders",
        "/Authorize/orders", "/x/authorize/orders", "*"}) {
    EXPECT_EQ(RuleIn(target), "") << target;
  }
}

TEST(FormatDecision, ADenialIsApiGatewaysAnswer) {
  const base::ManualClock clock;
  authorizer::Decision decision;
  decision.reason = SALLYPORT_REASON_EXPIRED;
  const std::string answer = FormatDecision(decision, {}, 401, {.keep_alive = true}, clock);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 401 Unauthorized\r\n"));
  EXPECT_THAT(answer, HasSubstr("x-amzn-ErrorType: UnauthorizedException\r\n"));
  EXPECT_THAT(answer, HasSubstr("WWW-Authenticate: Bearer error=\"invalid_token\"\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n{\"message\":\"The incoming token has expired\"}"));
  EXPECT_THAT(answer, Not(HasSubstr("Connection: close")));
}

TEST(FormatDecision, AHeadIsAnsweredWithoutABody) {
  const base::ManualClock clock;
  const std::string answer = FormatDecision({}, {}, 401, {.without_body = true}, clock);
  EXPECT_THAT(answer, HasSubstr("Content-Length: 26\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST(FormatDecision, ADenialHasNoHeadersOfClaims) {
  const base::ManualClock clock;
  const ClaimHeader header{"X-User", "sub"};
  EXPECT_THAT(FormatDecision({}, {&header, 1}, 401, {}, clock), Not(HasSubstr("X-User")));
}

// Of a mode that cannot read claims: the header is cleared, and never left to the client.
TEST(FormatDecision, AnAllowHasEveryHeaderAlsoWithoutTheClaim) {
  const base::ManualClock clock;
  authorizer::Decision decision;
  decision.verdict = SALLYPORT_ALLOW;
  const ClaimHeader header{"X-User", "sub"};
  const std::string answer = FormatDecision(decision, {&header, 1}, 401, {}, clock);
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("X-User: \r\n"));
}

TEST(FormatDecision, NoCacheMayKeepAnAnswer) {
  const base::ManualClock clock;
  authorizer::Decision allow;
  allow.verdict = SALLYPORT_ALLOW;
  for (const std::string& answer :
       {FormatDecision(allow, {}, 401, {}, clock), FormatDecision({}, {}, 401, {}, clock),
        FormatUnknownRule({}, clock)}) {
    EXPECT_THAT(answer, HasSubstr("\r\nCache-Control: no-store\r\n"));
  }
}

TEST(ToHeaderValue, HasNoControlCharacters) {
  EXPECT_EQ(ToHeaderValue("a\r\nX-Admin: 1\t\x7f"
                          "b"),
            "a  X-Admin: 1  b");
  EXPECT_EQ(ToHeaderValue("J\xc3\xbcrgen"), "J\xc3\xbcrgen");
}

TEST(Denial, OfAMissingScopeIsWhatTheRuleSays) {
  EXPECT_EQ(authorizer::DenialOf(SALLYPORT_REASON_INSUFFICIENT_SCOPE, 401).status, 401);
  EXPECT_EQ(authorizer::DenialOf(SALLYPORT_REASON_INSUFFICIENT_SCOPE, 403).status, 403);
  EXPECT_EQ(authorizer::DenialOf(SALLYPORT_REASON_INSUFFICIENT_SCOPE, 403).error_type,
            "ForbiddenException");
  EXPECT_EQ(authorizer::DenialOf(SALLYPORT_REASON_INSUFFICIENT_SCOPE, 200).status, 401);
  EXPECT_EQ(authorizer::DenialOf(SALLYPORT_REASON_REVOKED, 403).status, 401);
  EXPECT_EQ(authorizer::DenialOf(SALLYPORT_REASON_NO_TOKEN, 403).authenticate, "Bearer");
}

TEST(Denial, InTheStyleOfHttpApisTheHeaderSaysWhatTheBodyDoesNot) {
  const auto denial = [](sallyport_reason reason, int scope_status = 0) {
    return authorizer::DenialOf(reason, scope_status, SALLYPORT_STYLE_HTTP);
  };
  EXPECT_EQ(denial(SALLYPORT_REASON_INSUFFICIENT_SCOPE).status, 403);
  EXPECT_EQ(denial(SALLYPORT_REASON_INSUFFICIENT_SCOPE, 401).status, 401);
  EXPECT_EQ(denial(SALLYPORT_REASON_EXPIRED).body, denial(SALLYPORT_REASON_REVOKED).body);
  EXPECT_NE(denial(SALLYPORT_REASON_EXPIRED).authenticate,
            denial(SALLYPORT_REASON_REVOKED).authenticate);
  EXPECT_EQ(denial(SALLYPORT_REASON_REVOKED, 403).status, 401);
  const base::ManualClock clock;
  authorizer::Decision decision;
  decision.reason = SALLYPORT_REASON_EXPIRED;
  const std::string answer = FormatDecision(decision, {}, 0, {}, clock, SALLYPORT_STYLE_HTTP);
  EXPECT_THAT(answer, HasSubstr("error_description=\"the token has expired\""));
  EXPECT_THAT(answer, Not(HasSubstr("x-amzn-ErrorType")));
}

}  // namespace
}  // namespace sallyport::ext_authz
