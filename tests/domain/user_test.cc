#include "domain/users/user.h"

#include <gtest/gtest.h>

#include "domain/users/user_removal.h"
#include "fixture.h"

namespace sallyport::domain {
namespace {

namespace json = boost::json;

class UserTest : public DomainTest {
 protected:
  base::Status Create(const Pool& pool, User user, bool force_alias = false) {
    if (user.sub.empty()) user.sub = "sub of " + user.username;
    user.pool_id = pool.id;
    return Commit([&](store::Tx& tx) {
      User written = user;
      auto status = CreateUser(tx, pool, written, force_alias);
      return status;
    });
  }
  std::string Find(const Pool& pool, std::string_view name) {
    const auto user = FindUser(*store_, pool, name).value();
    return user ? user->username : "";
  }
};

User Named(std::string_view username, std::string_view email = "",
           std::string_view verified = "true") {
  User user;
  user.username = username;
  if (!email.empty()) {
    user.attributes["email"] = email;
    user.attributes["email_verified"] = verified;
  }
  return user;
}

TEST_F(UserTest, IsFoundByUsernameInAnyCaseAndBySubWhereThePoolSaysSo) {
  pool_ = MakePool(CaseInsensitive());
  const User user = MakeUser(*pool_, "Alice");
  EXPECT_EQ(Find(*pool_, "aLICE"), "Alice");
  EXPECT_EQ(Find(*pool_, user.sub), "Alice");
  EXPECT_EQ(Find(*pool_, "alice2"), "");
  EXPECT_TRUE(
      FailedWith(Create(*pool_, Named("ALICE")), "UsernameExistsException", "User already exists"));
}

TEST_F(UserTest, IsFoundByExactCaseWhereThePoolSaysSoOrNothing) {
  for (const auto& pool :
       {MakePool({{"UsernameConfiguration", {{"CaseSensitive", true}}}}), MakePool()}) {
    EXPECT_TRUE(Succeeded(Create(*pool, Named("Alice"))));
    User other = Named("alice");
    other.sub = "another";
    EXPECT_TRUE(Succeeded(Create(*pool, other)));
    EXPECT_EQ(Find(*pool, "ALICE"), "");
    EXPECT_EQ(Find(*pool, "Alice"), "Alice");
  }
}

TEST_F(UserTest, AnEmailIsAnAliasOnlyWhenVerified) {
  const auto pool = MakePool(CaseInsensitive({{"AliasAttributes", {"email"}}}));
  EXPECT_TRUE(Succeeded(Create(*pool, Named("alice", "a@example.org"))));
  EXPECT_TRUE(Succeeded(Create(*pool, Named("bob", "b@example.org", "false"))));
  EXPECT_EQ(Find(*pool, "A@example.org"), "alice");
  EXPECT_EQ(Find(*pool, "b@example.org"), "");
  EXPECT_TRUE(FailedWith(Create(*pool, Named("carol", "a@example.org")), "AliasExistsException",
                         "An account with the email already exists."));
  // Nothing of the refused user is left behind.
  EXPECT_EQ(Find(*pool, "carol"), "");
  EXPECT_TRUE(Succeeded(Create(*pool, Named("carol", "a@example.org"), true)));
  EXPECT_EQ(Find(*pool, "a@example.org"), "carol");
}

TEST_F(UserTest, WithUsernameAttributesAnUnverifiedEmailIsTaken) {
  const auto pool = MakePool(CaseInsensitive({{"UsernameAttributes", {"email"}}}));
  EXPECT_TRUE(Succeeded(Create(*pool, Named("1", "a@example.org", "false"))));
  EXPECT_EQ(Find(*pool, "a@example.org"), "1");
  EXPECT_TRUE(FailedWith(Create(*pool, Named("2", "A@example.org", "false")),
                         "UsernameExistsException",
                         "An account with the given email already exists."));
}

TEST_F(UserTest, AChangedAliasMovesAndADeletedUserLeavesNoName) {
  const auto pool = MakePool({{"AliasAttributes", {"email"}}});
  EXPECT_TRUE(Succeeded(Create(*pool, Named("alice", "a@example.org"))));
  EXPECT_TRUE(Succeeded(Create(*pool, Named("bob", "b@example.org"))));
  const auto change_email = [&](std::string_view email) {
    return Commit([&](store::Tx& tx) -> base::Status {
      SALLYPORT_ASSIGN(User user, RequireUser(tx, *pool, "alice"));
      user.attributes["email"] = email;
      return UpdateUser(tx, *pool, user);
    });
  };
  EXPECT_TRUE(FailedWith(change_email("b@example.org"), "AliasExistsException",
                         "An account with the email already exists."));
  EXPECT_TRUE(Succeeded(change_email("c@example.org")));
  EXPECT_EQ(Find(*pool, "a@example.org"), "");
  EXPECT_EQ(Find(*pool, "c@example.org"), "alice");
  EXPECT_TRUE(Succeeded(Commit([&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const User user, RequireUser(tx, *pool, "alice"));
    return DeleteUser(tx, *pool, user);
  })));
  EXPECT_EQ(Find(*pool, "alice"), "");
  EXPECT_EQ(Find(*pool, "c@example.org"), "");
  EXPECT_TRUE(store_->List(kUsersByCreation, pool->id, std::nullopt, 10).value().size() == 1);
}

TEST_F(UserTest, EachWriteCountsTheVersion) {
  User user = MakeUser(*pool_, "alice");
  EXPECT_EQ(user.version, 1U);
  EXPECT_TRUE(Succeeded(Commit([&](store::Tx& tx) {
    User written = Reread(user);
    return PutUser(tx, written);
  })));
  EXPECT_EQ(Reread(user).version, 2U);
}

}  // namespace
}  // namespace sallyport::domain
