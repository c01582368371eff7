// Users in bulk: which users a filter matches, page by page, and what is certain when a page is
// finished.
#include "domain/users/bulk_cut_off.h"

#include <map>
#include <set>

#include "domain/tokens/revoke.h"
#include "domain/users/user.h"
#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class BulkCutOffTest : public UserTest {
 protected:
  BulkCutOffTest() {
    for (const std::string_view name : {"mallory1", "mallory2", "mallory3", "alice"}) {
      MakeUser(name, AttributeList({{"email", std::string(name) + "@example.com"}}));
      tokens_[std::string(name)] = {SignIn(name), SignIn(name)};
    }
  }

  domain::BulkCutOffPage Page(domain::CutOff act, std::string_view cursor = "", size_t limit = 5000,
                              std::string_view filter = "email ^= \"mallory\"") {
    const domain::BulkCutOff request{pool_, std::string(filter), act, std::string(cursor), limit};
    const auto done = domain::CutOffUsers(*services_, request);
    EXPECT_TRUE(done.ok()) << (done ? "" : done.error().message);
    if (!done) return {};
    release_ = done->release;
    return done->page;
  }
  bool Lives(const std::string& name) {
    return AccessTokenLives(tokens_[name][0]) && RefreshTokenLives(tokens_[name][1]);
  }
  bool Dead(const std::string& name) {
    return !AccessTokenLives(tokens_[name][0]) && !RefreshTokenLives(tokens_[name][0]) &&
           !AccessTokenLives(tokens_[name][1]) && !RefreshTokenLives(tokens_[name][1]);
  }

  std::map<std::string, std::vector<Tokens>> tokens_;
  std::optional<store::Release> release_;  // of the last Page
};

TEST_F(BulkCutOffTest, CountingChangesNothing) {
  const uint64_t head = Head();
  const uint64_t commits = store_->Commits();
  const domain::BulkCutOff mallories{pool_, "email ^= \"mallory\"", domain::CutOff::kSignOut, "",
                                     5000};
  const domain::BulkCutOffPage page = domain::CountUsers(*services_, mallories).value();
  EXPECT_EQ(page.users, 3U);
  EXPECT_EQ(page.usernames, (std::vector<std::string>{"mallory1", "mallory2", "mallory3"}));
  EXPECT_EQ(page.next, "");
  EXPECT_EQ(Head(), head);
  EXPECT_EQ(store_->Commits(), commits);
}

TEST_F(BulkCutOffTest, SignsOutThoseWhomTheFilterMeansAndNobodyElse) {
  const uint64_t head = Head();
  const domain::BulkCutOffPage page = Page(domain::CutOff::kSignOut);
  EXPECT_EQ(page.users, 3U);
  EXPECT_EQ(release_->sequence(), Head());
  std::set<std::string> expected;
  for (const auto& [name, families] : tokens_) {
    if (name == "alice") continue;
    for (const Tokens& family : families) expected.insert(OriginOf(family));
    EXPECT_TRUE(Dead(name)) << name;
  }
  const std::vector<std::string> revoked = RevokedAfter(head);
  EXPECT_EQ(std::set<std::string>(revoked.begin(), revoked.end()), expected);
  EXPECT_EQ(revoked.size(), expected.size());
  EXPECT_TRUE(Lives("alice"));
  EXPECT_TRUE(AccessTokenLives(SignIn("mallory1"))) << "the clock stands still";
}

TEST_F(BulkCutOffTest, GoesOnWhereAPageEnded) {
  const domain::BulkCutOffPage first = Page(domain::CutOff::kSignOut, "", 2);
  EXPECT_EQ(first.users, 2U);
  ASSERT_NE(first.next, "");
  EXPECT_TRUE(AccessTokenLives(tokens_["mallory3"][0]));
  const domain::BulkCutOffPage second = Page(domain::CutOff::kSignOut, first.next, 2);
  EXPECT_EQ(second.users, 1U);
  EXPECT_EQ(second.next, "");
  EXPECT_TRUE(Dead("mallory3"));
}

TEST_F(BulkCutOffTest, DisablesAndDeletesAsTheOperationsDo) {
  EXPECT_EQ(Page(domain::CutOff::kDisable).users, 3U);
  EXPECT_TRUE(Dead("mallory1"));
  EXPECT_TRUE(FailedWith(Initiate("mallory1"), "NotAuthorizedException", "User is disabled."));
  EXPECT_EQ(Page(domain::CutOff::kDelete, "", 5000, "status = \"Disabled\"").users, 3U);
  EXPECT_TRUE(FailedWith(Admin("AdminGetUser", "mallory1"), "UserNotFoundException",
                         "User does not exist."));
  EXPECT_TRUE(Lives("alice"));
}

TEST_F(BulkCutOffTest, MeansAllUsersWithoutAFilterThroughManyPages) {
  uint64_t users = 0;
  std::string cursor;
  do {
    const domain::BulkCutOffPage page = Page(domain::CutOff::kSignOut, cursor, 1, "");
    users += page.users;
    cursor = page.next;
  } while (!cursor.empty());
  EXPECT_EQ(users, 4U);
  EXPECT_TRUE(Dead("alice"));
}

TEST_F(BulkCutOffTest, RefusesWhatIsNoFilterCursorOrPool) {
  const auto code = [&](domain::BulkCutOff request) {
    const auto done = domain::CutOffUsers(*services_, request);
    return done ? std::string() : done.error().code;
  };
  EXPECT_EQ(code({pool_, "email", domain::CutOff::kSignOut, ""}), "InvalidParameterException");
  EXPECT_EQ(code({pool_, "", domain::CutOff::kSignOut, "?"}), "InvalidParameterException");
  EXPECT_EQ(code({"eu-west-1_nobodys00", "", domain::CutOff::kSignOut, ""}),
            "ResourceNotFoundException");
}

// The first half of the page may still be on its way to the gates.
TEST_F(BulkCutOffTest, ARepetitionThatFindsNobodyLeftWaitsForTheFirst) {
  EXPECT_EQ(Page(domain::CutOff::kDelete).users, 3U);
  const uint64_t head = Head();
  release_.reset();
  EXPECT_EQ(Page(domain::CutOff::kDelete).users, 0U);
  EXPECT_EQ(release_->sequence(), head);
}

// What was prepared is void once the user has signed in again.
TEST_F(BulkCutOffTest, ASignInBetweenIsSeenByTheCommit) {
  domain::PreparedSignOut prepared;
  {
    const std::string sub = *AttributeOf("alice", "sub");
    const auto snapshot = store_->Snapshot();
    ASSERT_TRUE(snapshot.ok());
    auto anchor = domain::GetUserAnchor(**snapshot, pool_, sub);
    ASSERT_TRUE(anchor.ok() && *anchor);
    auto made = domain::PrepareSignOut(**snapshot, std::move(**anchor));
    ASSERT_TRUE(made.ok());
    prepared = std::move(*made);
  }
  EXPECT_EQ(prepared.families.size(), 2U);
  const Tokens fresh = SignIn("alice");
  const uint64_t head = Head();
  const auto commit = [&](store::LogTx& tx) -> base::Status {
    domain::Retention retention;
    const auto done = domain::SignOutAsPrepared(tx, prepared, clock_.WallSeconds(), retention);
    EXPECT_TRUE(done.ok() && !*done);
    return {};
  };
  ASSERT_TRUE(store_->UpdateRevoking(commit).ok());
  EXPECT_EQ(Head(), head);
  EXPECT_TRUE(AccessTokenLives(fresh));
}

}  // namespace
}  // namespace sallyport::operations
