#include "domain/tokens/refresh_token.h"

#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <mutex>
#include <set>
#include <thread>

#include "base/random.h"
#include "fixture.h"

namespace sallyport::domain {
namespace {

const Vault kVault(std::array<uint8_t, 32>{1});

TokenFamily NewFamily() {
  TokenFamily family;
  family.id = base::RandomUuid();
  return family;
}

bool MatchesText(const TokenFamily& family, std::string_view text) {
  const auto token = ParseRefreshToken(text);
  return token && Matches(kVault, family, *token);
}

TEST(RefreshToken, OnlyTheOneThatWasMadeMatches) {
  TokenFamily family = NewFamily();
  const std::string old = MakeRefreshToken(family);
  const std::string token = MakeRefreshToken(family);
  EXPECT_TRUE(MatchesText(family, token));
  EXPECT_FALSE(MatchesText(family, old));
  std::string changed = token;
  changed.back() = changed.back() == 'A' ? 'B' : 'A';
  EXPECT_FALSE(MatchesText(family, changed));
  EXPECT_EQ(family.refresh_hash.find(token.substr(token.size() - 43)), std::string::npos);
  EXPECT_FALSE(ParseRefreshToken(token + "A").has_value());
}

TEST(RefreshToken, AllThatAFamilyEverHadMatchAndNoOther) {
  TokenFamily family = NewFamily();
  std::vector<std::string> texts{MakeRefreshToken(family)};
  for (int64_t i = 1; i <= 12; ++i) {
    Rotate(family, i);
    texts.push_back(PresentRefreshToken(kVault, family));
  }
  for (const std::string& text : texts) EXPECT_TRUE(MatchesText(family, text)) << text;
  EXPECT_EQ(std::set<std::string>(texts.begin(), texts.end()).size(), texts.size());

  TokenFamily ahead = family;
  Rotate(ahead, 13);
  EXPECT_FALSE(MatchesText(family, PresentRefreshToken(kVault, ahead))) << "not yet given";
  TokenFamily other = NewFamily();
  other.rotation = family.rotation;
  std::string stolen = texts.back();
  stolen.replace(5, 36, other.id);
  EXPECT_FALSE(MatchesText(other, stolen)) << "another family's";
  EXPECT_FALSE(MatchesText(family, PresentRefreshToken(Vault(std::array<uint8_t, 32>{2}), family)))
      << "another key's";
}

TEST(RefreshToken, OneTextForEachToken) {
  TokenFamily family = NewFamily();
  const std::string secret(43, 'A');
  EXPECT_TRUE(ParseRefreshToken("spr2." + family.id + ".1." + secret));
  for (const std::string& text :
       {std::string(), std::string("spr1."), std::string("garbage"), std::string("a.b.c"),
        "spr2." + family.id, "spr2." + family.id + "." + secret,
        "spr2." + family.id + ".0." + secret, "spr2." + family.id + ".01." + secret,
        "spr2." + family.id + ".-1." + secret, "spr2." + family.id + ".1x." + secret,
        "spr2." + family.id + "..1." + secret,
        "spr2." + family.id + ".9999999999999999999." + secret,
        "spr2." + family.id + ".1." + secret + "A", "spr1." + family.id + ".1." + secret}) {
    EXPECT_FALSE(ParseRefreshToken(text).has_value()) << text;
  }
}

TEST(RefreshToken, EachTokenHasItsOwnGracePeriod) {
  Client client;
  client.settings.refresh_grace_seconds = 10;
  TokenFamily family = NewFamily();
  family.id = base::RandomUuid();
  const auto standing = [&](uint64_t rotation, int64_t now) {
    return StandingOf(family, RefreshToken{family.id, rotation, ""}, client, now);
  };
  EXPECT_EQ(standing(0, 1'000'000), RefreshStanding::kCurrent);
  Rotate(family, 1'000'000);
  Rotate(family, 1'006'000);
  EXPECT_EQ(standing(2, 1'006'000), RefreshStanding::kCurrent);
  EXPECT_EQ(standing(0, 1'009'999), RefreshStanding::kGrace);
  EXPECT_EQ(standing(0, 1'010'000), RefreshStanding::kReused);
  EXPECT_EQ(standing(1, 1'010'000), RefreshStanding::kGrace);
  EXPECT_EQ(standing(1, 1'016'000), RefreshStanding::kReused);
  EXPECT_EQ(standing(2, 9'000'000), RefreshStanding::kCurrent);
  Rotate(family, 9'000'000);
  EXPECT_EQ(family.rotated_millis.size(), 1U) << "what no grace period reaches is forgotten";
  EXPECT_EQ(standing(2, 9'000'001), RefreshStanding::kGrace);
  EXPECT_EQ(standing(1, 9'000'001), RefreshStanding::kReused);
  client.settings.refresh_grace_seconds = 0;
  EXPECT_EQ(standing(2, 9'000'000), RefreshStanding::kReused) << "no grace: at once";
  for (int64_t i = 0; i < 100; ++i) Rotate(family, 9'000'001);
  EXPECT_LE(family.rotated_millis.size(), 16U);
}

class RotationTest : public DomainTest {
 protected:
  std::shared_ptr<const Client> RotatingClient(int64_t grace_seconds) {
    return MakeClient(*pool_,
                      {{"RefreshTokenRotation",
                        {{"Feature", "ENABLED"}, {"RetryGracePeriodSeconds", grace_seconds}}}});
  }
  base::Result<IssuedTokens> Refresh(const std::string& token) {
    SALLYPORT_ASSIGN(const domain::Refresh refresh, CheckRefreshToken(*services_, client_, token));
    SALLYPORT_ASSIGN(TokenIssuance issued, CompleteRefresh(*services_, refresh));
    return std::move(issued.tokens);
  }
  // All at once: how many succeeded, and the refresh tokens that they got.
  std::pair<int, std::set<std::string>> RefreshAtOnce(const std::string& token, int threads) {
    std::barrier start(threads);
    std::mutex mutex;
    std::pair<int, std::set<std::string>> outcome;
    std::vector<std::thread> all;
    for (int i = 0; i < threads; ++i) {
      all.emplace_back([&] {
        start.arrive_and_wait();
        const auto tokens = Refresh(token);
        const std::lock_guard lock(mutex);
        if (tokens) {
          ++outcome.first;
          outcome.second.insert(tokens->refresh_token);
        } else {
          EXPECT_EQ(tokens.error().code, "RefreshTokenReuseException");
        }
      });
    }
    for (std::thread& thread : all) thread.join();
    return outcome;
  }
};

TEST_F(RotationTest, FiftyAtOnceMakeOneChainAndLoseNobody) {
  client_ = RotatingClient(10);
  const std::string first = SignInAs(MakeUser(*pool_, "alice")).value().refresh_token;
  const auto [succeeded, tokens] = RefreshAtOnce(first, 50);
  EXPECT_EQ(succeeded, 50);
  ASSERT_EQ(tokens.size(), 1U) << "all have the same successor";
  clock_.AdvanceMillis(10'000);
  EXPECT_TRUE(FailedWith(StatusOf(Refresh(first)), "RefreshTokenReuseException",
                         "Refresh token has been invalidated by rotation"));
  const auto [again, next] = RefreshAtOnce(*tokens.begin(), 50);
  EXPECT_EQ(again, 50);
  EXPECT_EQ(next.size(), 1U);
  EXPECT_FALSE(next.contains(*tokens.begin()));
}

TEST_F(RotationTest, WithoutAGracePeriodOneOfFiftyWins) {
  client_ = RotatingClient(0);
  const std::string first = SignInAs(MakeUser(*pool_, "alice")).value().refresh_token;
  const auto [succeeded, tokens] = RefreshAtOnce(first, 50);
  EXPECT_EQ(succeeded, 1);
  ASSERT_EQ(tokens.size(), 1U);
  EXPECT_TRUE(Refresh(*tokens.begin()).ok()) << "the family lives";
}

TEST_F(RotationTest, WithoutRotationNothingIsWritten) {
  const std::string token = SignInAs(MakeUser(*pool_, "alice")).value().refresh_token;
  const std::string family = ParseRefreshToken(token)->family_id;
  const auto before = store_->Get(FamilyKey(family)).value();
  EXPECT_TRUE(Refresh(token).value().refresh_token.empty());
  EXPECT_EQ(store_->Get(FamilyKey(family)).value(), before);
}

}  // namespace
}  // namespace sallyport::domain
