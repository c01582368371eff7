// Apps are told of each session that ends (OpenID Connect Back-Channel Logout 1.0).
#include "delivery/logout_notifier.h"

#include <mutex>
#include <set>
#include <utility>

#include "base/encoding.h"
#include "base/log.h"
#include "domain/tokens/caller.h"
#include "domain/tokens/revoke.h"
#include "fixture.h"

namespace sallyport::delivery {
namespace {

namespace json = boost::json;

// An app that answers as told.
class ScriptedApp final : public LogoutPoster {
 public:
  struct Seen {
    std::mutex mutex;
    Outcome next;
    std::vector<std::pair<std::string, std::string>> posts;  // URI and token
  };
  explicit ScriptedApp(Seen& seen) : seen_(seen) {}
  Outcome Post(const std::string& uri, const std::string& token) override {
    const std::lock_guard lock(seen_.mutex);
    seen_.posts.emplace_back(uri, token);
    return seen_.next;
  }

 private:
  Seen& seen_;
};

constexpr std::string_view kUri = "https://app.example/back-channel";

class LogoutNotices : public domain::DomainTest {
 protected:
  LogoutNotices() {
    base::SetLogLevel("error");
    client_ = MakeClient(
        *pool_, {{"LogoutURLs", json::array{"sallyport:back-channel:" + std::string(kUri)}}});
    alice_ = MakeUser(*pool_, "alice");
    Open();
  }
  ~LogoutNotices() override { notifier_.reset(); }

  void Open() {
    notifier_ = std::make_unique<LogoutNotifier>(*services_, std::make_unique<ScriptedApp>(app_));
  }
  std::string SessionOf(const domain::IssuedTokens& tokens) {
    return std::string(ClaimsOf(tokens.id_token).at("sid").as_string());
  }
  void SignOut(const domain::User& user) {
    ASSERT_TRUE(domain::Succeeded(Commit([&](store::LogTx& tx) -> base::Status {
      SALLYPORT_ASSIGN(auto present, domain::GetUser(tx, user.pool_id, user.sub));
      return domain::RevokeAllFamilies(tx, *present, Now());
    })));
  }
  void Revoke(const std::string& family) {
    ASSERT_TRUE(domain::Succeeded(Commit([&](store::LogTx& tx) -> base::Status {
      SALLYPORT_ASSIGN(auto found, domain::GetFamily(tx, family));
      return domain::RevokeFamily(tx, *found, Now());
    })));
  }
  // Until nothing is due any more: how many attempts there were.
  int Deliver() {
    int attempts = 0;
    for (;;) {
      const auto delivered = notifier_->DeliverOne();
      EXPECT_TRUE(delivered.ok());
      if (!delivered.ok() || !*delivered) return attempts;
      ++attempts;
    }
  }
  // The sessions that the app was told of since the last call.
  std::set<std::string> Told() {
    std::set<std::string> sessions;
    for (const auto& [uri, token] : std::exchange(app_.posts, {})) {
      sessions.emplace(ClaimsOf(token).at("sid").as_string());
    }
    return sessions;
  }

  ScriptedApp::Seen app_;
  domain::User alice_;
  std::unique_ptr<LogoutNotifier> notifier_;
};

TEST_F(LogoutNotices, ALogoutTokenIsWhatTheSpecificationWantsAndNoOtherKindOfToken) {
  const auto tokens = SignInAs(alice_).value();
  Revoke(SessionOf(tokens));
  EXPECT_EQ(Deliver(), 1);
  ASSERT_EQ(app_.posts.size(), 1U);
  const auto& [uri, token] = app_.posts.front();
  EXPECT_EQ(uri, kUri);
  const json::object claims = ClaimsOf(token);
  EXPECT_EQ(claims.at("iss"), ClaimsOf(tokens.id_token).at("iss"));
  EXPECT_EQ(claims.at("aud").as_string(), client_->id);
  EXPECT_EQ(claims.at("sub").as_string(), alice_.sub);
  EXPECT_EQ(claims.at("sid").as_string(), SessionOf(tokens));
  EXPECT_EQ(claims.at("iat").as_int64(), Now());
  EXPECT_EQ(claims.at("exp").as_int64(), Now() + 120);
  EXPECT_FALSE(claims.at("jti").as_string().empty());
  EXPECT_EQ(claims.at("events"),
            (json::object{{"http://schemas.openid.net/event/backchannel-logout", json::object()}}));
  EXPECT_FALSE(claims.contains("nonce"));
  EXPECT_FALSE(claims.contains("token_use"));
  EXPECT_NE(token.find('.'), std::string::npos);
  const auto header = base::Base64UrlDecode(token.substr(0, token.find('.')));
  ASSERT_TRUE(header.has_value());
  EXPECT_EQ(json::parse(std::string(header->begin(), header->end())).at("typ"), "logout+jwt");
  // It is signed by the pool, and serves for nothing here.
  EXPECT_FALSE(domain::ReadIdToken(*services_, token).ok());
  EXPECT_FALSE(domain::CheckAccessToken(*services_, token, "").ok());
}

TEST_F(LogoutNotices, EachSessionThatEndsIsToldOnceWhateverEndsIt) {
  const auto first = SignInAs(alice_).value();
  const auto second = SignInAs(alice_).value();
  const auto third = SignInAs(alice_).value();
  EXPECT_EQ(Deliver(), 0);
  Revoke(SessionOf(first));
  Revoke(SessionOf(first));
  SignOut(alice_);
  SignOut(alice_);
  EXPECT_EQ(Deliver(), 3);
  EXPECT_EQ(Told(), (std::set<std::string>{SessionOf(first), SessionOf(second), SessionOf(third)}));
  EXPECT_EQ(Deliver(), 0);
}

TEST_F(LogoutNotices, AnAppWithoutTheSettingIsToldNothingAndItsTokensHaveNoSession) {
  client_ = MakeClient(*pool_);
  const auto tokens = SignInAs(alice_).value();
  EXPECT_FALSE(ClaimsOf(tokens.id_token).contains("sid"));
  SignOut(alice_);
  EXPECT_EQ(Deliver(), 0);
}

TEST_F(LogoutNotices, WhatWasNotTakenIsToldAgainWithAFreshTokenOverARestartToo) {
  SignInAs(alice_).value();
  SignOut(alice_);
  app_.next = {Outcome::Kind::kLater, "HTTP 503"};
  EXPECT_EQ(Deliver(), 1);
  EXPECT_EQ(Deliver(), 0);
  const std::string first = app_.posts.front().second;
  clock_.AdvanceMillis(2'500);
  app_.next = {};
  Open();
  EXPECT_EQ(Deliver(), 1);
  EXPECT_NE(ClaimsOf(app_.posts.back().second).at("jti"), ClaimsOf(first).at("jti"));
  clock_.AdvanceMillis(86'400'000);
  EXPECT_EQ(Deliver(), 0);
}

TEST_F(LogoutNotices, AnAppThatCannotBeReachedIsLeftAloneAndHoldsUpNobodyElse) {
  for (int i = 0; i < 3; ++i) SignInAs(alice_).value();
  SignOut(alice_);
  app_.next = {Outcome::Kind::kLater, "Couldn't connect to server"};
  // One attempt is enough to know.
  EXPECT_EQ(Deliver(), 1);
  client_ = MakeClient(
      *pool_, {{"LogoutURLs", json::array{"sallyport:back-channel:https://other.example/"}}});
  SignInAs(alice_).value();
  SignOut(alice_);
  app_.next = {};
  EXPECT_EQ(Deliver(), 1);
  EXPECT_EQ(app_.posts.back().first, "https://other.example/");
  clock_.AdvanceMillis(2'500);
  EXPECT_EQ(Deliver(), 3);
}

TEST_F(LogoutNotices, ANoticeThatCannotBeReadOrMadeHoldsUpNobodyElse) {
  // One of a client whose name comes first, and of which nothing else can be read.
  ASSERT_TRUE(domain::Succeeded(Commit([&](store::LogTx& tx) {
    return tx.Put("logout-notice/x", "{",
                  {{std::string(domain::kLogoutNotices), domain::LogoutNoticeSort("0", 0)}});
  })));
  // Another whose client's record is broken, and whose name comes before any other that is made.
  ASSERT_TRUE(domain::Succeeded(Commit([&](store::LogTx& tx) -> base::Status {
    SALLYPORT_TRY(tx.Put(domain::ClientKey("00"), "{", {}));
    return domain::PutLogoutNotice(
        tx, {.family = "f", .pool_id = pool_->id, .client_id = "00", .sub = alice_.sub});
  })));
  SignInAs(alice_).value();
  SignOut(alice_);
  EXPECT_FALSE(notifier_->DeliverOne().ok());
  EXPECT_EQ(Deliver(), 1);
  EXPECT_EQ(app_.posts.size(), 1U);
}

TEST_F(LogoutNotices, ATokenThatAnAppRefusesDoesNotHoldUpItsOtherSessions) {
  for (int i = 0; i < 3; ++i) SignInAs(alice_).value();
  SignOut(alice_);
  app_.next = {Outcome::Kind::kRefused, "HTTP 400"};
  EXPECT_EQ(Deliver(), 3);
  EXPECT_EQ(Told().size(), 3U);
  app_.next = {};
  clock_.AdvanceMillis(2'500);
  EXPECT_EQ(Deliver(), 3);
}

TEST_F(LogoutNotices, ANoticeIsDroppedWithItsClientAndGivenUpAfterADay) {
  SignInAs(alice_).value();
  SignOut(alice_);
  ASSERT_TRUE(domain::Succeeded(
      Commit([&](store::LogTx& tx) { return domain::DeleteClient(tx, client_->id); })));
  EXPECT_EQ(Deliver(), 1);
  EXPECT_TRUE(app_.posts.empty());
  EXPECT_EQ(Deliver(), 0);

  client_ = MakeClient(
      *pool_, {{"LogoutURLs", json::array{"sallyport:back-channel:" + std::string(kUri)}}});
  SignInAs(alice_).value();
  SignOut(alice_);
  Outlive(2 * 3600 + domain::kLogoutNoticeSeconds);
  ASSERT_TRUE(domain::Succeeded(families_->DeleteExpired()));
  EXPECT_EQ(Deliver(), 0);
  EXPECT_TRUE(app_.posts.empty());
}

}  // namespace
}  // namespace sallyport::delivery
