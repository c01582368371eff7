#include "domain/tokens/session_limit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <thread>

#include "domain/tokens/device.h"
#include "domain/tokens/family.h"
#include "domain/tokens/revoke.h"
#include "fixture.h"

namespace sallyport::domain {
namespace {

TEST(DeviceType, NamesTheProgramAndTheSystem) {
  const std::vector<std::pair<std::string_view, std::string_view>> known{
      {"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
       "Chrome/120.0.0.0 Safari/537.36 Edg/120.0.0.0",
       "Edge on Windows"},
      {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
       "Gecko) Version/17.2 Mobile/15E148 Safari/604.1",
       "Safari on iOS"},
      {"Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
       "Chrome/120.0.0.0 Mobile Safari/537.36",
       "Chrome on Android"},
      {"Mozilla/5.0 (X11; Linux x86_64; rv:121.0) Gecko/20100101 Firefox/121.0",
       "Firefox on Linux"},
      {"Boto3/1.34.0 md/Botocore#1.34.0 ua/2.0 os/linux#6.1.0 md/arch#x86_64", "Boto3 on Linux"},
      {"curl/7.88.1", "curl"},
      {"", "unknown"},
      {"\xff\xfe\x01/1", "unknown"},
      {"<script>alert(1)</script>", "unknown"}};
  for (const auto& [agent, type] : known) EXPECT_EQ(DeviceType(agent), type) << agent;
  EXPECT_LE(DeviceType(std::string(100'000, 'a')).size(), 100U);
}

class SessionLimitTest : public DomainTest {
 protected:
  SessionLimitTest() { Track(1); }

  // What SetUserPoolSessionConfiguration does.
  void Track(int64_t most, bool tracks = true, bool refuses = false) {
    Pool pool = *pool_;
    pool.tracks_sessions = tracks;
    pool.most_sessions = most;
    pool.description["UserPoolTags"] =
        boost::json::object{{"sallyport:at-session-limit", refuses ? "refuse" : "evict"}};
    ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) { return PutPool(tx, pool); })));
    pool_ = GetPool(*services_, pool.id).value();
  }
  base::Result<IssuedTokens> SignInAwaiting(const User& user, uint64_t& head) {
    return SignInFrom({}, user, head);
  }
  // The value of `head` if there is nothing to wait for.
  base::Result<IssuedTokens> SignInFrom(const ContextData& context, const User& user,
                                        uint64_t& head) {
    SALLYPORT_ASSIGN(TokenIssuance issued,
                     CompleteSignIn(*services_, {pool_, client_, user, nullptr, context}));
    if (issued.wait.release()) head = issued.wait.release()->sequence();
    return std::move(issued.tokens);
  }
  std::string OriginOf(const IssuedTokens& tokens) {
    return std::string(ClaimsOf(tokens.access_token).at("origin_jti").as_string());
  }
  bool Lives(const IssuedTokens& tokens) {
    return CheckRefreshToken(*services_, client_, tokens.refresh_token).ok();
  }
  void Refresh(const IssuedTokens& tokens) {
    const auto refresh = CheckRefreshToken(*services_, client_, tokens.refresh_token);
    ASSERT_TRUE(refresh.ok());
    ASSERT_TRUE(CompleteRefresh(*services_, *refresh).ok());
  }
  std::vector<std::string> RevokedAfter(uint64_t sequence) {
    std::vector<std::string> subjects;
    for (const auto& entry : LogAfter(sequence)) subjects.push_back(entry.subject);
    return subjects;
  }
};

TEST_F(SessionLimitTest, TheNewSessionEndsTheOldOneInItsOwnCommit) {
  const User user = MakeUser(*pool_, "alice");
  const auto first = SignInAs(user).value();
  const uint64_t before = Head();
  uint64_t head = 0;
  const auto second = SignInAwaiting(user, head).value();
  EXPECT_EQ(RevokedAfter(before), std::vector<std::string>{OriginOf(first)});
  EXPECT_EQ(head, before + 1);
  EXPECT_FALSE(Lives(first));
  EXPECT_TRUE(Lives(second));
}

TEST_F(SessionLimitTest, AnotherUsersSessionsAreNotEnded) {
  const auto others = SignInAs(MakeUser(*pool_, "bob")).value();
  const User user = MakeUser(*pool_, "alice");
  ASSERT_TRUE(SignInAs(user).ok());
  ASSERT_TRUE(SignInAs(user).ok());
  EXPECT_TRUE(Lives(others));
}

TEST_F(SessionLimitTest, WithoutTrackingNothingIsEndedRecordedOrWaitedFor) {
  Track(1, false);
  const User user = MakeUser(*pool_, "alice");
  constexpr uint64_t kNone = 999;
  uint64_t head = kNone;
  const auto first = SignInFrom({"192.0.2.1", "curl/7"}, user, head).value();
  const auto second = SignInAwaiting(user, head).value();
  EXPECT_TRUE(Lives(first));
  EXPECT_TRUE(Lives(second));
  EXPECT_EQ(head, kNone);
  EXPECT_EQ(GetFamily(*store_, OriginOf(first)).value()->device.ip, "");
}

// The session that another sign-in has ended may not be released yet.
TEST_F(SessionLimitTest, ASignInThatEvictsNothingWaitsForTheHeadThatItSaw) {
  const User user = MakeUser(*pool_, "alice");
  ASSERT_TRUE(SignInAs(user).ok());
  ASSERT_TRUE(SignInAs(user).ok());
  uint64_t head = 0;
  ASSERT_TRUE(SignInAwaiting(MakeUser(*pool_, "bob"), head).ok());
  EXPECT_EQ(head, Head());
}

TEST_F(SessionLimitTest, TheLeastRecentlyUsedGoesByUsesThatAreNotWrittenYet) {
  Track(3);
  const User user = MakeUser(*pool_, "alice");
  std::vector<IssuedTokens> tokens;
  for (int i = 0; i < 3; ++i) {
    tokens.push_back(SignInAs(user).value());
    clock_.AdvanceMillis(1);
  }
  Refresh(tokens[0]);
  clock_.AdvanceMillis(1);
  tokens.push_back(SignInAs(user).value());
  EXPECT_TRUE(Lives(tokens[0]));
  EXPECT_FALSE(Lives(tokens[1]));
  // It has been written, and noted again.
  ASSERT_TRUE(Succeeded(families_->Flush()));
  clock_.AdvanceMillis(1);
  Refresh(tokens[2]);
  tokens.push_back(SignInAs(user).value());
  EXPECT_FALSE(Lives(tokens[0]));
  EXPECT_TRUE(Lives(tokens[2]));
  EXPECT_TRUE(Lives(tokens[3]));
}

TEST_F(SessionLimitTest, WithinOneMillisecondAndWithAClockGoneBackTheOrderOfCommitsCounts) {
  Track(2);
  const User user = MakeUser(*pool_, "alice");
  clock_.StepWallMillis(50'000);
  const auto first = SignInAs(user).value();
  clock_.StepWallMillis(-50'000);
  const auto second = SignInAs(user).value();
  const auto third = SignInAs(user).value();
  EXPECT_FALSE(Lives(first));
  EXPECT_TRUE(Lives(second));
  ASSERT_TRUE(SignInAs(user).ok());
  EXPECT_FALSE(Lives(second));
  EXPECT_TRUE(Lives(third));
}

TEST_F(SessionLimitTest, ALoweredLimitTakesEffectAtTheNextSignIn) {
  Track(5);
  const User user = MakeUser(*pool_, "alice");
  std::vector<IssuedTokens> tokens;
  for (int i = 0; i < 5; ++i) tokens.push_back(SignInAs(user).value());
  Track(2);
  for (const auto& session : tokens) EXPECT_TRUE(Lives(session));
  tokens.push_back(SignInAs(user).value());
  EXPECT_EQ(std::count_if(tokens.begin(), tokens.end(), [&](const auto& t) { return Lives(t); }),
            2);
  EXPECT_TRUE(Lives(tokens[4]));
  EXPECT_TRUE(Lives(tokens[5]));
}

// What counts is the limit at the time of the commit, and not at the start of the sign-in.
TEST_F(SessionLimitTest, ALimitThatWasSetWhileASignInWasUnderWayCounts) {
  Track(1, false);
  const User user = MakeUser(*pool_, "alice");
  const auto first = SignInAs(user).value();
  const auto stale = pool_;
  Track(1);
  pool_ = stale;
  uint64_t head = 0;
  ASSERT_TRUE(SignInAwaiting(user, head).ok());
  EXPECT_FALSE(Lives(first));
  EXPECT_EQ(head, Head());
}

TEST_F(SessionLimitTest, RefusingEndsNothingAndWritesNothing) {
  Track(2, true, true);
  const User user = MakeUser(*pool_, "alice");
  const auto first = SignInAs(user).value();
  const auto second = SignInAs(user).value();
  const uint64_t before = Head();
  const uint64_t version = Reread(user).version;
  EXPECT_TRUE(FailedWith(StatusOf(SignInAs(user)), "NotAuthorizedException",
                         "The user has reached the limit of active sessions."));
  EXPECT_EQ(Head(), before);
  EXPECT_EQ(Reread(user).version, version);
  EXPECT_TRUE(Lives(first));
  EXPECT_TRUE(Lives(second));
  auto family = GetFamily(*store_, OriginOf(first)).value().value();
  ASSERT_TRUE(Succeeded(Commit([&](store::LogTx& tx) { return RevokeFamily(tx, family, Now()); })));
  EXPECT_TRUE(SignInAs(user).ok());
}

TEST_F(SessionLimitTest, AnExpiredSessionIsEvictedOnlyWhileATokenOfItsMayLive) {
  const User user = MakeUser(*pool_, "alice");
  const auto first = SignInAs(user).value();
  clock_.AdvanceMillis((client_->settings.refresh_token_seconds + 1) * 1000);
  uint64_t before = Head();
  ASSERT_TRUE(SignInAs(user).ok());
  EXPECT_EQ(RevokedAfter(before), std::vector<std::string>{OriginOf(first)});
  Outlive(client_->settings.refresh_token_seconds + 3600 + 901);
  before = Head();
  ASSERT_TRUE(SignInAs(user).ok());
  EXPECT_EQ(Head(), before);
}

TEST_F(SessionLimitTest, AnExpiredSessionIsNoGroundToRefuse) {
  Track(1, true, true);
  const User user = MakeUser(*pool_, "alice");
  ASSERT_TRUE(SignInAs(user).ok());
  clock_.AdvanceMillis((client_->settings.refresh_token_seconds + 1) * 1000);
  EXPECT_TRUE(SignInAs(user).ok());
}

TEST_F(SessionLimitTest, AFailedSignInEndsNothing) {
  const User user = MakeUser(*pool_, "alice");
  const auto first = SignInAs(user).value();
  User stale = user;
  ++stale.password_version;
  const uint64_t before = Head();
  EXPECT_FALSE(SignInAs(stale).ok());
  EXPECT_EQ(Head(), before);
  EXPECT_TRUE(Lives(first));
}

// All sign-ins at the same time. The sessions end in the order in which they were born, and the one
// that is left was born last.
TEST_F(SessionLimitTest, OfSignInsAtOnceTheLastToCommitIsLeft) {
  constexpr int kThreads = 8;
  constexpr int kSignIns = 12;
  const User user = MakeUser(*pool_, "alice");
  const uint64_t before = Head();
  std::vector<std::vector<IssuedTokens>> tokens(kThreads);
  std::vector<std::thread> threads;
  for (auto& mine : tokens) {
    threads.emplace_back([&] {
      for (int i = 0; i < kSignIns; ++i) mine.push_back(SignInAs(user).value());
    });
  }
  for (auto& thread : threads) thread.join();
  std::vector<TokenFamily> families;
  for (const auto& mine : tokens) {
    for (const auto& session : mine) {
      families.push_back(GetFamily(*store_, OriginOf(session)).value().value());
    }
  }
  std::sort(families.begin(), families.end(),
            [](const auto& a, const auto& b) { return a.born < b.born; });
  std::vector<std::string> older;
  for (const auto& family : families) {
    older.push_back(family.id);
    EXPECT_EQ(family.revoked, family.id != families.back().id);
  }
  older.pop_back();
  EXPECT_EQ(RevokedAfter(before), older);
}

// The clock stands still: every sign-out and sign-in falls into one millisecond.
TEST_F(SessionLimitTest, ASignOutNeverHurtsASignInOfTheSameMillisecond) {
  const char* const given = std::getenv("SALLYPORT_TEST_SIGN_INS");
  const int times = given != nullptr ? std::atoi(given) : 1000;
  for (const int64_t most : {1, 2}) {
    Track(most);
    const User user = MakeUser(*pool_, "alice" + std::to_string(most));
    auto tokens = SignInAs(user).value();
    for (int i = 0; i < times / 2; ++i) {
      const uint64_t before = Head();
      ASSERT_TRUE(Succeeded(Commit([&](store::LogTx& tx) -> base::Status {
        SALLYPORT_ASSIGN(auto present, GetUser(tx, user.pool_id, user.sub));
        return RevokeAllFamilies(tx, *present, Now());
      })));
      const auto newer = SignInAs(user).value();
      ASSERT_FALSE(Lives(tokens)) << i;
      ASSERT_TRUE(Lives(newer)) << i;
      const auto revoked = RevokedAfter(before);
      ASSERT_EQ(revoked, std::vector<std::string>{OriginOf(tokens)}) << i;
      tokens = newer;
    }
  }
}

}  // namespace
}  // namespace sallyport::domain
