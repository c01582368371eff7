#include "domain/users/group.h"

#include "domain/records/page.h"
#include "domain/users/user_removal.h"
#include "fixture.h"

namespace sallyport::domain {
namespace {

class GroupTest : public DomainTest {
 protected:
  Group Make(std::string_view name, std::optional<int64_t> precedence = {},
             std::string_view role = "") {
    Group group;
    group.pool_id = pool_->id;
    group.name = name;
    group.precedence = precedence;
    group.role_arn = role;
    EXPECT_TRUE(Succeeded(Commit([&](store::Tx& tx) { return CreateGroup(tx, group); })));
    return group;
  }
  void Join(const User& user, const Group& group) {
    EXPECT_TRUE(Succeeded(Commit([&](store::Tx& tx) -> base::Status {
      SALLYPORT_ASSIGN(std::optional<User> present, GetUser(tx, user.pool_id, user.sub));
      return JoinGroup(tx, *present, group, clock_.WallMillis());
    })));
    clock_.AdvanceMillis(1);
  }
  std::vector<std::string> NamesOf(const User& user) {
    std::vector<std::string> names;
    const Groups groups = GroupsOf(*store_, Reread(user)).value();
    for (const auto& group : groups) names.push_back(group->name);
    return names;
  }
  std::vector<std::string> MembersOf(const Group& group) {
    std::vector<std::string> names;
    const MemberPage page = ListMembers(*store_, group, "", 1000).value();
    for (const User& user : page.users) names.push_back(user.username);
    return names;
  }
  using Names = std::vector<std::string>;
};

TEST_F(GroupTest, GroupsAreOrderedByPrecedenceThenName) {
  const User alice = MakeUser(*pool_, "alice");
  for (const auto& [name, precedence] :
       std::vector<std::pair<std::string_view, std::optional<int64_t>>>{
           {"none-b", {}}, {"ten", 10}, {"none-a", {}}, {"nine", 9}, {"zero", 0}}) {
    Join(alice, Make(name, precedence));
  }
  EXPECT_EQ(NamesOf(alice), (Names{"zero", "nine", "ten", "none-a", "none-b"}));
}

TEST_F(GroupTest, NamesDifferInMoreThanCase) {
  Make("Admins");
  Group again;
  again.pool_id = pool_->id;
  again.name = "admins";
  EXPECT_TRUE(FailedWith(Commit([&](store::Tx& tx) { return CreateGroup(tx, again); }),
                         "GroupExistsException", "A group with the name admins already exists."));
}

TEST_F(GroupTest, AGroupMadeAgainHasNoneOfItsOldMembers) {
  const User alice = MakeUser(*pool_, "alice");
  const User bob = MakeUser(*pool_, "bob");
  const Group group = Make("staff");
  Join(alice, group);
  Join(bob, group);
  EXPECT_EQ(MembersOf(group), (Names{"alice", "bob"}));
  ASSERT_TRUE(Succeeded(RemoveGroup(*services_, pool_->id, "staff")));
  EXPECT_TRUE(Reread(alice).groups.empty());
  const Group again = Make("staff");
  EXPECT_EQ(MembersOf(again), Names{});
  EXPECT_EQ(NamesOf(alice), Names{});
}

// The state between a removal's first commit and the next.
TEST_F(GroupTest, AMembershipEndsWithTheFirstCommitOfTheRemoval) {
  const User alice = MakeUser(*pool_, "alice");
  const User bob = MakeUser(*pool_, "bob");
  const Group group = Make("staff");
  Join(alice, group);
  Join(bob, group);
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) -> base::Status {
    SALLYPORT_TRY(tx.Delete("group/" + pool_->id + "/staff"));
    return tx.Put("group-removal/" + group.id, pool_->id,
                  {{"group-removals", pool_->id + "/" + group.id}});
  })));
  EXPECT_EQ(NamesOf(alice), Names{});
  const Group again = Make("staff");
  EXPECT_EQ(NamesOf(alice), Names{});
  Join(alice, again);
  EXPECT_EQ(MembersOf(again), Names{"alice"});

  ASSERT_TRUE(Succeeded(FinishGroupRemovals(*services_)));
  EXPECT_EQ(NamesOf(alice), Names{"staff"});
  EXPECT_TRUE(Reread(bob).groups.empty());
  EXPECT_EQ(MembersOf(again), Names{"alice"});
  EXPECT_TRUE(store_->List("group-removals", "", std::nullopt, 1)->empty());
  EXPECT_EQ(store_->List("members-by-group", "", std::nullopt, 9)->size(), 1u);
}

TEST_F(GroupTest, ARemovalTakesMoreMembersThanOneCommitHolds) {
  const Group group = Make("staff");
  const User alice = MakeUser(*pool_, "alice");
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) -> base::Status {
    for (int i = 0; i < 250; ++i) {
      User user;
      user.pool_id = pool_->id;
      user.sub = user.username = "user" + std::to_string(i);
      SALLYPORT_TRY(CreateUser(tx, *pool_, user, false));
      SALLYPORT_TRY(JoinGroup(tx, user, group, i));
    }
    return {};
  })));
  const uint64_t before = store_->Commits();
  ASSERT_TRUE(Succeeded(RemoveGroup(*services_, pool_->id, "STAFF")));
  EXPECT_GE(store_->Commits() - before, 4u);
  EXPECT_TRUE(store_->List("members-by-group", "", std::nullopt, 1)->empty());
  EXPECT_TRUE(store_->List("group-removals", "", std::nullopt, 1)->empty());
}

TEST_F(GroupTest, ADeletedUserLeavesNothingBehind) {
  const User alice = MakeUser(*pool_, "alice");
  const Group group = Make("staff");
  Join(alice, group);
  ASSERT_TRUE(
      Succeeded(Commit([&](store::Tx& tx) { return DeleteUser(tx, *pool_, Reread(alice)); })));
  EXPECT_EQ(MembersOf(group), Names{});
  EXPECT_TRUE(store_->List("members-by-group", "", std::nullopt, 1)->empty());
}

TEST_F(GroupTest, AUserIsInAHundredGroupsAtMost) {
  User alice = MakeUser(*pool_, "alice");
  const auto join_next = [&](int i) {
    return Commit([&](store::Tx& tx) -> base::Status {
      SALLYPORT_ASSIGN(std::optional<User> user, GetUser(tx, alice.pool_id, alice.sub));
      Group group;
      group.pool_id = pool_->id;
      group.name = "g" + std::to_string(i);
      SALLYPORT_TRY(CreateGroup(tx, group));
      return JoinGroup(tx, *user, group, 1);
    });
  };
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(Succeeded(join_next(i)));
  EXPECT_TRUE(FailedWith(join_next(100), "InvalidParameterException",
                         "User cannot be a member of more than 100 groups."));
}

TEST_F(GroupTest, ThePreferredRoleIsThatOfTheLowestPrecedence) {
  const auto group = [](std::optional<int64_t> precedence, std::string_view role) {
    auto made = std::make_shared<Group>();
    made->precedence = precedence;
    made->role_arn = role;
    return std::shared_ptr<const Group>(std::move(made));
  };
  EXPECT_EQ(PreferredRole({}), "");
  EXPECT_EQ(PreferredRole({group(1, ""), group(2, "")}), "");
  EXPECT_EQ(PreferredRole({group(1, "a"), group(2, "b")}), "a");
  EXPECT_EQ(PreferredRole({group(1, "a"), group(1, "b")}), "");
  EXPECT_EQ(PreferredRole({group(1, "a"), group(1, "a"), group({}, "b")}), "a");
  EXPECT_EQ(PreferredRole({group({}, "a"), group({}, "b")}), "");
  EXPECT_EQ(PreferredRole({group(1, ""), group({}, "b")}), "b");
}

TEST_F(GroupTest, TokensTellOfGroupsAndRolesAtSignInAndAtRefresh) {
  const User alice = MakeUser(*pool_, "alice");
  IssuedTokens tokens = SignInAs(Reread(alice)).value();
  for (const std::string& token : {tokens.access_token, tokens.id_token}) {
    for (const char* claim : {"cognito:groups", "cognito:roles", "cognito:preferred_role"}) {
      EXPECT_FALSE(ClaimsOf(token).contains(claim)) << claim;
    }
  }
  Join(alice, Make("second", 2, "arn:aws:iam::000000000000:role/b"));
  Join(alice, Make("first", 1, "arn:aws:iam::000000000000:role/a"));
  Join(alice, Make("plain"));
  const auto expect = [&](const IssuedTokens& issued, const boost::json::value& groups,
                          const boost::json::value& roles, std::string_view preferred) {
    EXPECT_EQ(ClaimsOf(issued.access_token).at("cognito:groups"), groups);
    EXPECT_FALSE(ClaimsOf(issued.access_token).contains("cognito:roles"));
    EXPECT_EQ(ClaimsOf(issued.id_token).at("cognito:groups"), groups);
    EXPECT_EQ(ClaimsOf(issued.id_token).at("cognito:roles"), roles);
    EXPECT_EQ(ClaimsOf(issued.id_token).at("cognito:preferred_role").as_string(), preferred);
  };
  const auto refresh = [&] {
    auto checked = CheckRefreshToken(*services_, client_, tokens.refresh_token);
    EXPECT_TRUE(Succeeded(StatusOf(checked)));
    return CompleteRefresh(*services_, *checked).value().tokens;
  };
  const boost::json::value all{"first", "second", "plain"};
  const boost::json::value roles{"arn:aws:iam::000000000000:role/a",
                                 "arn:aws:iam::000000000000:role/b"};
  expect(refresh(), all, roles, "arn:aws:iam::000000000000:role/a");
  tokens = SignInAs(Reread(alice)).value();
  expect(tokens, all, roles, "arn:aws:iam::000000000000:role/a");
  ASSERT_TRUE(Succeeded(RemoveGroup(*services_, pool_->id, "first")));
  expect(refresh(), {"second", "plain"}, boost::json::array{"arn:aws:iam::000000000000:role/b"},
         "arn:aws:iam::000000000000:role/b");
}

}  // namespace
}  // namespace sallyport::domain
