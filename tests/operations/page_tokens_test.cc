// A page token is valid only for the list that returned it, and for the same request.
#include <string>
#include <utility>
#include <vector>

#include "domain/users/bulk_cut_off.h"
#include "group_fixture.h"
#include "operations/dispatch/built.h"
#include "operations/dispatch/model.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

constexpr std::string_view kForeign = "Invalid pagination token.";

class PageTokens : public GroupTest {
 protected:
  PageTokens() {
    EXPECT_TRUE(Succeeded(
        Call("SetUserPoolSessionConfiguration", {{"UserPoolId", pool_},
                                                 {"UserSessionTracking", "ENABLED"},
                                                 {"TokenSession", {{"MaxPerUser", 20}}}})));
    for (const char* name : {"alice", "bob", "carol"}) MakeUser(name);
    access_ = SignIn("alice").access;
    for (const char* name : {"one", "two"}) {
      MakeGroup(name);
      EXPECT_TRUE(Succeeded(Add("alice", name)));
      EXPECT_TRUE(Succeeded(Add("bob", name)));
    }
  }

  // Input for any operation that lists: it has those of these members that the operation knows.
  json::object InputOf(const model::OperationModel& operation) {
    const json::object all{{"UserPoolId", pool_}, {"Username", "alice"},    {"GroupName", "one"},
                           {"ClientId", client_}, {"AccessToken", access_}, {"Limit", 1},
                           {"MaxResults", 1}};
    json::object input;
    for (const model::Member& member : model::shapes[operation.input].members) {
      if (const json::value* value = all.if_contains(member.name)) input[member.name] = *value;
    }
    return input;
  }
  static std::string_view TokenOf(const model::OperationModel& operation) {
    for (const model::Member& member : model::shapes[operation.input].members) {
      if (member.role == model::Role::kPageToken) return member.name;
    }
    return {};
  }
  Reply Next(std::string_view operation, json::object input, const Reply& before) {
    const std::string_view token = TokenOf(*model::Find(operation));
    input[token] = before.At(token);
    return Call(operation, input);
  }

  std::string access_;
};

TEST_F(PageTokens, NoOperationThatListsTakesATokenOfAnother) {
  const json::object users{{"UserPoolId", pool_}, {"Limit", 1}};
  const std::string of_users = Call("ListUsers", users).Text("PaginationToken");
  const std::string of_groups = Call("ListGroups", users).Text("NextToken");
  ASSERT_FALSE(of_users.empty() || of_groups.empty());
  int lists = 0;
  for (const model::OperationModel& operation : model::operations) {
    const std::string_view token = TokenOf(operation);
    if (token.empty() || BuiltOperation(operation) == nullptr) continue;
    ++lists;
    for (const std::string& foreign : {of_users, of_groups}) {
      const bool own =
          foreign == of_users ? operation.name == "ListUsers" : operation.name == "ListGroups";
      json::object input = InputOf(operation);
      input[token] = foreign;
      const Reply reply = Call(operation.name, input);
      if (own) {
        EXPECT_TRUE(Succeeded(reply));
      } else {
        EXPECT_TRUE(FailedWith(reply, "InvalidParameterException", kForeign)) << operation.name;
      }
    }
  }
  EXPECT_GE(lists, 11);
}

TEST_F(PageTokens, OfAnotherFilterPoolGroupUserOrRegionAreRefused) {
  const json::object enabled{
      {"UserPoolId", pool_}, {"Limit", 1}, {"Filter", "status = \"Enabled\""}};
  const Reply first = Call("ListUsers", enabled);
  json::object input = enabled;
  input["Filter"] = "status = \"Disabled\"";
  EXPECT_TRUE(FailedWith(Next("ListUsers", input, first), "InvalidParameterException", kForeign));
  input.erase("Filter");
  EXPECT_TRUE(FailedWith(Next("ListUsers", input, first), "InvalidParameterException", kForeign));
  input = enabled;
  input["UserPoolId"] = MakePool();
  EXPECT_TRUE(FailedWith(Next("ListUsers", input, first), "InvalidParameterException", kForeign));
  EXPECT_TRUE(Succeeded(Next("ListUsers", enabled, first)));

  json::object group{{"UserPoolId", pool_}, {"GroupName", "one"}, {"Limit", 1}};
  const Reply members = Call("ListUsersInGroup", group);
  EXPECT_TRUE(Succeeded(Next("ListUsersInGroup", group, members)));
  group["GroupName"] = "two";
  EXPECT_TRUE(
      FailedWith(Next("ListUsersInGroup", group, members), "InvalidParameterException", kForeign));

  json::object user{{"UserPoolId", pool_}, {"Username", "alice"}, {"Limit", 1}};
  const Reply groups = Call("AdminListGroupsForUser", user);
  EXPECT_TRUE(Succeeded(Next("AdminListGroupsForUser", user, groups)));
  user["Username"] = "bob";
  EXPECT_TRUE(FailedWith(Next("AdminListGroupsForUser", user, groups), "InvalidParameterException",
                         kForeign));

  MakePool();
  const json::object pools{{"MaxResults", 1}};
  const Reply here = Call("ListUserPools", pools);
  EXPECT_TRUE(Succeeded(Next("ListUserPools", pools, here)));
  signed_region_ = std::string("us-east-1");
  EXPECT_TRUE(
      FailedWith(Next("ListUserPools", pools, here), "InvalidParameterException", kForeign));
}

TEST_F(PageTokens, PoolUserAndGroupComeBeforeTheToken) {
  const std::string foreign =
      Call("ListUsers", {{"UserPoolId", pool_}, {"Limit", 1}}).Text("PaginationToken");
  const std::string unknown_pool = "eu-west-1_Abcdefghi";
  EXPECT_TRUE(
      FailedWith(Call("ListUsers", {{"UserPoolId", unknown_pool}, {"PaginationToken", foreign}}),
                 "ResourceNotFoundException", "User pool " + unknown_pool + " does not exist."));
  EXPECT_TRUE(FailedWith(
      Call("AdminListGroupsForUser",
           {{"UserPoolId", unknown_pool}, {"Username", "alice"}, {"NextToken", foreign}}),
      "ResourceNotFoundException", "User pool " + unknown_pool + " does not exist."));
  for (const char* operation : {"AdminListGroupsForUser", "AdminListUserSessions"}) {
    EXPECT_TRUE(FailedWith(Admin(operation, "nobody", {{"NextToken", foreign}}),
                           "UserNotFoundException", "User does not exist."))
        << operation;
    EXPECT_TRUE(FailedWith(Admin(operation, "alice", {{"NextToken", foreign}}),
                           "InvalidParameterException", kForeign))
        << operation;
  }
  EXPECT_EQ(Call("ListUsersInGroup",
                 {{"UserPoolId", pool_}, {"GroupName", "none"}, {"NextToken", foreign}})
                .code,
            "ResourceNotFoundException");
}

TEST_F(PageTokens, TheNextPageMayBeOfAnotherSizeAndAskedForInAnotherOrder) {
  const Reply first =
      Call("ListUsers",
           json::object{{"UserPoolId", pool_}, {"Filter", "username ^= \"\""}, {"Limit", 1}});
  const Reply second =
      Call("ListUsers", json::object{{"Limit", 60},
                                     {"PaginationToken", first.At("PaginationToken")},
                                     {"Filter", "username ^= \"\""},
                                     {"UserPoolId", pool_}});
  ASSERT_TRUE(Succeeded(second));
  EXPECT_EQ(second.At("Users").as_array().size(), 2U);
}

TEST_F(PageTokens, WhatIsShownAndWhatSaysNothingAndTheUsersOtherNamesAskForTheSameList) {
  const json::object users{{"UserPoolId", pool_}, {"Limit", 1}};
  const Reply first = Call("ListUsers", users);
  json::object shown = users;
  shown["AttributesToGet"] = {"email"};
  EXPECT_TRUE(Succeeded(Next("ListUsers", shown, first)));
  json::object empty = users;
  empty["Filter"] = "";
  EXPECT_TRUE(Succeeded(Next("ListUsers", empty, first)));
  EXPECT_TRUE(Succeeded(Next("ListUsers", users, Call("ListUsers", empty))));

  const std::string sub = AttributeOf("alice", "sub").value();
  const auto groups_of = [&](std::string_view name) {
    return json::object{{"UserPoolId", pool_}, {"Username", name}, {"Limit", 1}};
  };
  const char* const operation = "AdminListGroupsForUser";
  for (const auto& [name, other] :
       {std::pair(std::string("alice"), sub), std::pair(sub, std::string("alice"))}) {
    const Reply page = Next(operation, groups_of(other), Call(operation, groups_of(name)));
    EXPECT_EQ(Names(page, "Groups", "GroupName"), std::vector<std::string>{"two"});
  }
  EXPECT_EQ(
      Next(operation, groups_of(AttributeOf("bob", "sub").value()), Call(operation, groups_of(sub)))
          .message,
      kForeign);
}

TEST_F(PageTokens, ThatWereChangedAreRefused) {
  const json::object users{{"UserPoolId", pool_}, {"Limit", 1}};
  std::string token = Call("ListUsers", users).Text("PaginationToken");
  for (const size_t place : {size_t{0}, token.size() / 2, token.size() - 3}) {
    json::object input = users;
    std::string changed = token;
    changed[place] = changed[place] == 'A' ? 'B' : 'A';
    input["PaginationToken"] = changed;
    EXPECT_TRUE(FailedWith(Call("ListUsers", input), "InvalidParameterException", kForeign));
  }
}

TEST_F(PageTokens, ABulkCutOffsCursorBelongsToItsPoolAndFilter) {
  domain::BulkCutOff request{
      .pool_id = pool_, .filter = "status = \"Enabled\"", .cursor = {}, .limit = 1};
  const auto first = CountUsers(*services_, request);
  ASSERT_TRUE(first.ok());
  request.cursor = first->next;
  ASSERT_FALSE(request.cursor.empty());
  // It counts first and then acts.
  EXPECT_TRUE(domain::CutOffUsers(*services_, request).ok());
  request.filter = "username ^= \"\"";
  EXPECT_EQ(CountUsers(*services_, request).error().message, kForeign);
  request.filter = "status = \"Enabled\"";
  request.pool_id = MakePool();
  EXPECT_EQ(CountUsers(*services_, request).error().message, kForeign);
}

}  // namespace
}  // namespace sallyport::operations
