// Two threads at once: whatever the order, each outcome must be one that some order explains.
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <thread>

#include "domain/tokens/caller.h"
#include "domain/tokens/family.h"
#include "domain/tokens/revoke.h"
#include "fixture.h"

namespace sallyport::domain {
namespace {

class RaceTest : public DomainTest {
 protected:
  std::string OriginOf(const IssuedTokens& tokens) {
    return std::string(ClaimsOf(tokens.access_token).at("origin_jti").as_string());
  }
};

// The clock stands still: everything happens within one millisecond, so that no comparison of times
// could tell which came first. A sign-in's tokens are dead if and only if the log names its family.
TEST_F(RaceTest, ASignInIsRevokedByExactlyTheSignOutsThatCommitAfterIt) {
  const User user = MakeUser(*pool_, "alice");
  std::atomic<bool> stop = false;
  std::thread sign_outs([&] {
    while (!stop) {
      EXPECT_TRUE(Succeeded(Commit([&](store::LogTx& tx) -> base::Status {
        SALLYPORT_ASSIGN(auto present, GetUser(tx, user.pool_id, user.sub));
        return RevokeAllFamilies(tx, *present, Now());
      })));
    }
  });
  std::vector<IssuedTokens> issued;
  for (int i = 0; i < 150; ++i) {
    auto tokens = SignInAs(user);
    ASSERT_TRUE(tokens.ok());
    issued.push_back(std::move(*tokens));
  }
  stop = true;
  sign_outs.join();
  std::multiset<std::string> revoked;
  for (const auto& entry : LogAfter(0)) {
    if (entry.kind == revocation::Kind::kFamily) revoked.insert(entry.subject);
  }
  for (const IssuedTokens& tokens : issued) {
    const size_t times = revoked.count(OriginOf(tokens));
    EXPECT_LE(times, 1U);
    EXPECT_EQ(CheckAccessToken(*services_, tokens.access_token).ok(), times == 0);
    EXPECT_EQ(CheckRefreshToken(*services_, client_, tokens.refresh_token).ok(), times == 0);
  }
  // The last sign-in before the last sign-out is among them, so the two did compete.
  EXPECT_GT(revoked.size(), 0U);
}

TEST_F(RaceTest, ARefreshThatBeganAfterARevokeWasAcknowledgedIsRefused) {
  const User user = MakeUser(*pool_, "alice");
  for (int round = 0; round < 20; ++round) {
    const IssuedTokens tokens = SignInAs(user).value();
    std::atomic<bool> acknowledged = false;
    std::thread refreshes([&] {
      for (;;) {
        const bool after = acknowledged;
        const auto refresh = CheckRefreshToken(*services_, client_, tokens.refresh_token);
        if (after) {
          EXPECT_FALSE(refresh.ok());
          return;
        }
        if (!refresh) continue;
        const auto issued = CompleteRefresh(*services_, *refresh);
        ASSERT_TRUE(issued.ok());
        // Whenever the token was signed, the revocation names it.
        EXPECT_EQ(OriginOf(issued->tokens), OriginOf(tokens));
      }
    });
    EXPECT_TRUE(Succeeded(Commit([&](store::LogTx& tx) -> base::Status {
      SALLYPORT_ASSIGN(auto family, GetFamily(tx, OriginOf(tokens)));
      return RevokeFamily(tx, *family, Now());
    })));
    acknowledged = true;
    refreshes.join();
  }
}

}  // namespace
}  // namespace sallyport::domain
