// What is asked of each service, and what its answers mean.
#include "inquiry/service.h"

#include <gmock/gmock.h>

#include "base/clock.h"
#include "dynamodb/table.h"

namespace sallyport::inquiry {
namespace {

using testing::HasSubstr;
using testing::Not;

struct AnswerRow {
  const char* what;
  long status;
  std::string body;
  Answer meaning;
};

void ExpectMeanings(const Service& service, const Subject& subject,
                    const std::vector<AnswerRow>& rows) {
  for (const AnswerRow& row : rows) {
    EXPECT_EQ(service.Read(subject, row.status, row.body).answer, row.meaning) << row.what;
  }
}

const Subject kAlice{.token = "h.p.s",
                     .username = "alice",
                     .sub = "sub-1",
                     .jti = "jti-1",
                     .origin_jti = "origin-1",
                     .event_id = "event-1",
                     .client_id = "client-1",
                     .iss = "https://i/p"};

TEST(GetUserTest, OnlyAnAnswerAboutTheUserOfTheTokenAllowsAndOnlyAnErrorAboutThemRefuses) {
  const auto service = MakeGetUser("http://localhost");
  ExpectMeanings(
      *service, kAlice,
      {
          {"the user", 200, R"({"Username":"alice","UserAttributes":[]})", Answer::kActive},
          {"another user", 200, R"({"Username":"bob","UserAttributes":[]})", Answer::kNone},
          {"no user", 200, "{}", Answer::kNone},
          {"a name that is not a text", 200, R"({"Username":1})", Answer::kNone},
          {"two names", 200, R"({"Username":"bob","Username":"alice"})", Answer::kNone},
          {"no JSON", 200, "<html>", Answer::kNone},
          {"nothing", 200, "", Answer::kNone},
          {"success with another status", 201, R"({"Username":"alice"})", Answer::kNone},
          {"revoked", 400, R"({"__type":"NotAuthorizedException"})", Answer::kRefused},
          {"a type with its namespace", 400, R"({"__type":"a.b#NotAuthorizedException"})",
           Answer::kRefused},
          {"deleted", 400, R"({"__type":"UserNotFoundException"})", Answer::kRefused},
          {"not confirmed", 400, R"({"__type":"UserNotConfirmedException"})", Answer::kRefused},
          {"to be reset", 400, R"({"__type":"PasswordResetRequiredException"})", Answer::kRefused},
          {"throttled", 400, R"({"__type":"TooManyRequestsException"})", Answer::kNone},
          {"broken", 500, R"({"__type":"InternalErrorException"})", Answer::kNone},
          {"a refusal with another status", 500, R"({"__type":"NotAuthorizedException"})",
           Answer::kNone},
          {"an error without a type", 400, "{}", Answer::kNone},
      });
}

TEST(GetUserTest, NeverTakesAnAnswerWithoutANameForATokenWithoutOne) {
  const auto service = MakeGetUser("http://localhost");
  Subject nobody = kAlice;
  nobody.username.clear();
  EXPECT_EQ(service->Read(nobody, 200, R"({"Username":""})").answer, Answer::kNone);
  EXPECT_EQ(service->Read(nobody, 200, "{}").answer, Answer::kNone);
}

TEST(IntrospectionTest, OnlyTheBooleanTrueAllowsAndOnlyFalseOrATimeRefuses) {
  const base::ManualClock clock(1'700'000'000'000);
  const auto service = MakeIntrospection({"http://localhost", "gate", base::Secret("s")}, clock);
  ExpectMeanings(
      *service, kAlice,
      {
          {"active", 200, R"({"active":true,"scope":"a"})", Answer::kActive},
          {"not active", 200, R"({"active":false})", Answer::kRefused},
          {"expired", 200, R"({"active":true,"exp":1700000000})", Answer::kRefused},
          {"not yet", 200, R"({"active":true,"nbf":1700000001})", Answer::kRefused},
          {"in time", 200, R"({"active":true,"nbf":1700000000,"exp":1700000001})", Answer::kActive},
          {"the text true", 200, R"({"active":"true"})", Answer::kNone},
          {"a number", 200, R"({"active":1})", Answer::kNone},
          {"null", 200, R"({"active":null})", Answer::kNone},
          {"absent", 200, R"({})", Answer::kNone},
          {"twice", 200, R"({"active":false,"active":true})", Answer::kNone},
          {"within another", 200, R"({"a":{"active":true}})", Answer::kNone},
          {"a time that is a text", 200, R"({"active":true,"exp":"x"})", Answer::kNone},
          {"this token", 200, R"({"active":true,"jti":"jti-1","sub":"sub-1"})", Answer::kActive},
          {"another token", 200, R"({"active":true,"jti":"jti-2"})", Answer::kNone},
          {"another user", 200, R"({"active":true,"sub":"sub-2"})", Answer::kNone},
          {"the gate is not known there", 401, R"({"active":true})", Answer::kNone},
          {"broken", 500, R"({"active":false})", Answer::kNone},
          {"no JSON", 200, "true", Answer::kNone},
      });
}

std::string HeadersOf(const outgoing::Call& call) {
  outgoing::CurlList headers(nullptr, curl_slist_free_all);
  call.authenticate(nullptr, headers);
  std::string all;
  for (const curl_slist* at = headers.get(); at; at = at->next) all += std::string(at->data) + "\n";
  return all;
}

TEST(IntrospectionTest, AuthenticatesAsAClientOrWithATokenAndNeverInTheBody) {
  const base::ManualClock clock;
  const auto client = MakeIntrospection({"http://h", "a:b", base::Secret("c d/")}, clock);
  const auto call = client->Ask(kAlice);
  // "a%3Ab:c%20d%2F"
  EXPECT_EQ(HeadersOf(*call), "Authorization: Basic YSUzQWI6YyUyMGQlMkY=\n");
  EXPECT_EQ(call->body, "token=h.p.s&token_type_hint=access_token");
  const auto bearer = MakeIntrospection({"http://h", "", base::Secret("t0")}, clock);
  EXPECT_EQ(HeadersOf(*bearer->Ask(kAlice)), "Authorization: Bearer t0\n");
}

class BlocklistTest : public testing::Test {
 protected:
  std::unique_ptr<const Service> Make(std::vector<std::string> look_up, std::string ttl = "ttl") {
    return MakeBlocklist(
        {"http://localhost", "eu-west-1", "revoked", "id", std::move(ttl), std::move(look_up)},
        [] { return std::make_shared<const outgoing::AwsCredentials>(); }, clock_);
  }
  base::ManualClock clock_{1'700'000'000'000};
};

TEST_F(BlocklistTest, AnItemRefusesUnlessItsTimeIsLongOver) {
  ExpectMeanings(
      *Make({"origin_jti"}), kAlice,
      {
          {"no item", 200, "{}", Answer::kActive},
          {"an item", 200, R"({"Item":{"id":{"S":"origin-1"}}})", Answer::kRefused},
          {"with a time to come", 200,
           R"({"Item":{"id":{"S":"origin-1"},"ttl":{"N":"1700000001"}}})", Answer::kRefused},
          {"just over, by a clock that may be ahead", 200,
           R"({"Item":{"id":{"S":"origin-1"},"ttl":{"N":"1699999701"}}})", Answer::kRefused},
          {"long over", 200, R"({"Item":{"id":{"S":"origin-1"},"ttl":{"N":"1699999700"}}})",
           Answer::kActive},
          {"so long over that DynamoDB would keep the item", 200,
           R"({"Item":{"id":{"S":"origin-1"},"ttl":{"N":"1500000000"}}})", Answer::kRefused},
          {"never over, as some write it", 200,
           R"({"Item":{"id":{"S":"origin-1"},"ttl":{"N":"0"}}})", Answer::kRefused},
          {"a time that is no number", 200, R"({"Item":{"id":{"S":"origin-1"},"ttl":{"S":"1"}}})",
           Answer::kRefused},
          {"a time with an exponent", 200,
           R"({"Item":{"id":{"S":"origin-1"},"ttl":{"N":"1.5E3"}}})", Answer::kRefused},
          {"an item of somebody else", 200, R"({"Item":{"id":{"S":"other"}}})", Answer::kNone},
          {"an item without a key", 200, R"({"Item":{}})", Answer::kNone},
          {"throttled", 400,
           R"({"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"})",
           Answer::kNone},
          {"no table", 400, R"({"__type":"x#ResourceNotFoundException"})", Answer::kNone},
          {"broken", 500, "{}", Answer::kNone},
          {"no JSON", 200, "", Answer::kNone},
          {"an array", 200, "[]", Answer::kNone},
      });
}

TEST_F(BlocklistTest, WithoutATtlAttributeAnItemHasEffectAsLongAsItExists) {
  ExpectMeanings(
      *Make({"jti"}, ""), kAlice,
      {{"an old item", 200, R"({"Item":{"id":{"S":"jti-1"},"ttl":{"N":"1"}}})", Answer::kRefused}});
}

TEST_F(BlocklistTest, AnAnswerForOnlySomeOfTheKeysIsNone) {
  ExpectMeanings(
      *Make({"origin_jti", "sub"}), kAlice,
      {
          {"none", 200, R"({"Responses":{"revoked":[]},"UnprocessedKeys":{}})", Answer::kActive},
          {"one", 200, R"({"Responses":{"revoked":[{"id":{"S":"sub-1"}}]},"UnprocessedKeys":{}})",
           Answer::kRefused},
          {"not all keys", 200,
           R"({"Responses":{"revoked":[]},"UnprocessedKeys":{"revoked":{"Keys":[]}}})",
           Answer::kNone},
          {"no word about unprocessed keys", 200, R"({"Responses":{"revoked":[]}})", Answer::kNone},
          {"another table", 200, R"({"Responses":{"other":[]},"UnprocessedKeys":{}})",
           Answer::kNone},
          {"the answer to GetItem", 200, "{}", Answer::kNone},
      });
}

TEST_F(BlocklistTest, ReadsConsistentlyWhatTheTokenHas) {
  Subject subject = kAlice;
  subject.origin_jti.clear();
  const auto one = Make({"origin_jti", "event_id"})->Ask(subject);
  EXPECT_THAT(one->headers, testing::Contains("X-Amz-Target: DynamoDB_20120810.GetItem"));
  EXPECT_THAT(one->body, HasSubstr(R"("ConsistentRead":true)"));
  EXPECT_THAT(one->body, HasSubstr(R"("Key":{"id":{"S":"event-1"}})"));
  const auto two = Make({"jti", "sub"})->Ask(kAlice);
  EXPECT_THAT(two->headers, testing::Contains("X-Amz-Target: DynamoDB_20120810.BatchGetItem"));
  EXPECT_THAT(two->body, HasSubstr(R"("ConsistentRead":true)"));
  EXPECT_THAT(two->body, HasSubstr(R"({"id":{"S":"jti-1"}})"));
  EXPECT_THAT(two->body, HasSubstr(R"({"id":{"S":"sub-1"}})"));
  EXPECT_THAT(two->body, Not(HasSubstr("h.p.s")));
}

TEST_F(BlocklistTest, ATokenWithNothingToLookUpIsRefused) {
  Subject subject = kAlice;
  subject.origin_jti.clear();
  EXPECT_FALSE(Make({"origin_jti"})->Ask(subject).has_value());
}

TEST_F(BlocklistTest, EqualClaimsAreLookedUpOnce) {
  Subject subject = kAlice;
  subject.jti = subject.origin_jti;
  const auto call = Make({"jti", "origin_jti"})->Ask(subject);
  EXPECT_THAT(call->headers, testing::Contains("X-Amz-Target: DynamoDB_20120810.GetItem"));
}

}  // namespace
}  // namespace sallyport::inquiry
