// The keys that an issuer publishes: which are taken, when they are fetched, and for how long they
// count.
#include "inquiry/issuer_keys.h"

#include <gmock/gmock.h>

#include <chrono>
#include <functional>
#include <thread>

#include "jose/key.h"
#include "local_service.h"

namespace sallyport::inquiry {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string Jwk(const std::string& kid) {
  static const auto key = jose::SigningKey::Generate();
  return key->ToPublic().ToJwk(kid);
}

std::string Set(const std::vector<std::string>& keys) {
  std::string set = "{\"keys\":[";
  for (size_t i = 0; i < keys.size(); ++i) set += (i == 0 ? "" : ",") + keys[i];
  return set + "]}";
}

std::vector<std::string> Names(const std::vector<PublishedKey>& keys) {
  std::vector<std::string> names;
  for (const PublishedKey& key : keys) names.push_back(key.kid);
  return names;
}

TEST(JwkSetTest, TakesTheKeysWithWhichTokensCanBeVerifiedAndLeavesOthersOut) {
  const std::string elliptic = R"({"kty":"EC","crv":"P-256","kid":"e","x":"AA","y":"AA"})";
  const std::string nameless = Jwk("");
  const std::string encryption = R"({"kty":"RSA","use":"enc","kid":"f","n":"AQAB","e":"AQAB"})";
  const auto keys =
      ParseJwkSet(Set({elliptic, Jwk("one"), encryption, nameless, "7", "null", "[]", Jwk("two")}));
  ASSERT_TRUE(keys.ok()) << keys.error().message;
  EXPECT_THAT(Names(*keys), ElementsAre("one", "two"));
}

TEST(JwkSetTest, RefusesWhatIsNoSetOrAmbiguous) {
  for (const std::string& text :
       {std::string(), std::string("[]"), std::string("{}"), std::string("{\"keys\":{}}"), Set({}),
        Set({"{}"}), Set({Jwk("one"), Jwk("one")}), Set({Jwk("one")}) + "x",
        Set(std::vector<std::string>(kMostPublishedKeys + 1, "{}"))}) {
    EXPECT_FALSE(ParseJwkSet(text).ok()) << text;
  }
}

class IssuerKeysTest : public testing::Test {
 protected:
  IssuerKeysTest()
      : service_([this](const std::string& request) {
          EXPECT_THAT(request, testing::StartsWith("GET / HTTP/1.1\r\n"));
          const std::string* const instead = instead_;
          return LocalService::Answer{status_, instead ? *instead : Set({Jwk(name_.load())})};
        }) {}

  void Make(int64_t refresh_millis, int64_t timeout_millis = 5'000) {
    keys_ = std::make_unique<IssuerKeys>(IssuerKeys::Options{.url = service_.url(),
                                                             .refresh_millis = refresh_millis,
                                                             .timeout_millis = timeout_millis},
                                         clock_);
  }
  static void Await(const std::function<bool()>& condition) {
    for (int i = 0; i < 10'000 && !condition(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_TRUE(condition());
  }

  base::ManualClock clock_;
  std::atomic<int> status_{200};
  std::atomic<const char*> name_{"one"};
  std::atomic<const std::string*> instead_{nullptr};  // an answer that has no keys
  LocalService service_;
  std::unique_ptr<IssuerKeys> keys_;
};

TEST_F(IssuerKeysTest, AreFetchedAtOnceAndAgainAndStayTheSameObjectWhileTheyAreTheSame) {
  Make(50);
  Await([&] { return keys_->Now() != nullptr; });
  const IssuerKeys::Keys first = keys_->Now();
  EXPECT_THAT(Names(*first), ElementsAre("one"));
  Await([&] { return service_.requests() >= 3; });
  EXPECT_EQ(keys_->Now(), first);
  name_ = "two";
  Await([&] { return keys_->Now() != first; });
  EXPECT_THAT(Names(*keys_->Now()), ElementsAre("two")) << "a withdrawn key is not kept";
}

TEST_F(IssuerKeysTest, CountForTwiceTheRefreshFromTheMomentOfAsking) {
  service_.Shut();
  Make(600'000);
  service_.AwaitRequests(1);
  clock_.AdvanceMillis(1'000);  // the answer takes so long
  service_.Open();
  Await([&] { return keys_->Now() != nullptr; });
  clock_.AdvanceMillis(1'198'999);
  EXPECT_NE(keys_->Now(), nullptr);
  clock_.AdvanceMillis(1);
  EXPECT_EQ(keys_->Now(), nullptr) << "the issuer may have withdrawn them long ago";
}

TEST_F(IssuerKeysTest, UnknownNamesCauseNoFlood) {
  const auto began = std::chrono::steady_clock::now();
  Make(600'000);
  Await([&] { return keys_->Now() != nullptr; });
  for (int i = 0; i < 1000; ++i) keys_->Miss();
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  const auto pauses = (std::chrono::steady_clock::now() - began) /
                      std::chrono::milliseconds(IssuerKeys::kLeastPauseMillis);
  EXPECT_LE(service_.requests(), 1 + pauses);
}

TEST_F(IssuerKeysTest, WhateverIsNotASetChangesNothingAndIsTold) {
  Make(20);
  Await([&] { return keys_->Now() != nullptr; });
  for (const int status : {201, 302, 404, 500}) {
    status_ = status;
    const uint64_t failed = keys_->counts().failed;
    Await([&] { return keys_->counts().failed >= failed + 2; });
    EXPECT_THAT(keys_->problem(), HasSubstr(std::to_string(status)));
  }
  EXPECT_NE(keys_->Now(), nullptr);
  status_ = 200;
  const std::string bodies[] = {
      "<html><body>Sign in to this network</body></html>", Set({Jwk("two")}).substr(0, 200),
      Set({Jwk("two"), '"' + std::string(70'000, 'x') + '"'}), std::string(60'000, '[')};
  for (const std::string& body : bodies) {
    instead_ = &body;
    const uint64_t failed = keys_->counts().failed;
    Await([&] { return keys_->counts().failed >= failed + 2; });
    EXPECT_THAT(Names(*keys_->Now()), ElementsAre("one")) << body.substr(0, 40);
  }
  instead_ = nullptr;
  Await([&] { return keys_->problem().empty(); });
}

TEST_F(IssuerKeysTest, AnIssuerThatDoesNotAnswerIsAskedAgainAndHoldsNobodyUp) {
  Make(20, 50);
  Await([&] { return keys_->Now() != nullptr; });
  service_.Shut();
  const uint64_t failed = keys_->counts().failed;
  Await([&] { return keys_->counts().failed >= failed + 2; });
  EXPECT_NE(keys_->Now(), nullptr) << "until they are too old";
  service_.Open();
  Await([&] { return keys_->problem().empty(); });
}

}  // namespace
}  // namespace sallyport::inquiry
