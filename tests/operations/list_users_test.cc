#include "base/random.h"
#include "domain/pools/pool.h"
#include "domain/records/commit.h"
#include "domain/users/user.h"
#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class ListUsers : public UserTest {
 protected:
  Reply List(json::object more = {}) {
    more["UserPoolId"] = pool_;
    return Call("ListUsers", more);
  }
  // The usernames that a filter finds, or the error's message.
  std::vector<std::string> Find(std::string_view filter) {
    const Reply reply = List({{"Filter", filter}});
    if (!reply.ok()) return {reply.message};
    return NamesOf(reply);
  }
  static std::vector<std::string> NamesOf(const Reply& reply) {
    std::vector<std::string> names;
    const json::value users = reply.At("Users");
    for (const json::value& user : users.as_array()) {
      names.emplace_back(user.at("Username").as_string());
    }
    return names;
  }
  void Create(std::string_view username, json::array attributes = {}) {
    clock_.AdvanceMillis(1);
    ASSERT_TRUE(Succeeded(Admin("AdminCreateUser", username, {{"UserAttributes", attributes}})));
  }
};

using Names = std::vector<std::string>;

TEST_F(ListUsers, PagesThroughAllInOrderOfCreation) {
  for (int i = 0; i < 6; ++i) Create("user" + std::to_string(i));
  Names all;
  std::string token;
  int pages = 0;
  do {
    json::object input{{"Limit", 2}};
    if (!token.empty()) input["PaginationToken"] = token;
    const Reply reply = List(input);
    ASSERT_TRUE(Succeeded(reply));
    for (const std::string& name : NamesOf(reply)) all.push_back(name);
    token = reply.Text("PaginationToken");
    // On a last page that is exactly full, the token is absent and not "".
    EXPECT_EQ(reply.body.contains("PaginationToken"), !token.empty());
    ++pages;
  } while (!token.empty());
  EXPECT_EQ(all, (Names{"user0", "user1", "user2", "user3", "user4", "user5"}));
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(List({{"PaginationToken", "garbage"}}).code, "InvalidParameterException");
}

TEST_F(ListUsers, ShowsOnlyThePoolsUsersAndOnlyTheAttributesAskedFor) {
  Create("alice", AttributeList({{"email", "a@example.org"}, {"name", "Alice"}}));
  const std::string pool = pool_;
  pool_ = MakePool();
  Create("bob");
  pool_ = pool;
  const Reply reply = List({{"AttributesToGet", {"email"}}});
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_EQ(NamesOf(reply), Names{"alice"});
  EXPECT_EQ(reply.At("Users.0.Attributes").as_array().size(), 1U);
  EXPECT_EQ(reply.Text("Users.0.Attributes.0.Value"), "a@example.org");
  EXPECT_EQ(reply.Text("Users.0.UserStatus"), "FORCE_CHANGE_PASSWORD");
}

TEST_F(ListUsers, FiltersAsAwsDoes) {
  Create("Alice", AttributeList({{"email", "Anna@example.org"}, {"name", "x\"y"}}));
  Create("bob", AttributeList({{"email", "bob@example.org"}}));
  Create("bobby", AttributeList({{"email", "bobby@example.org"}}));
  EXPECT_EQ(Find("username = \"bob\""), Names{"bob"});
  EXPECT_EQ(Find("username ^= \"bob\""), (Names{"bob", "bobby"}));
  EXPECT_EQ(Find("username^=\"bob\""), (Names{"bob", "bobby"}));
  EXPECT_EQ(Find("username = \"alice\""), Names{});
  EXPECT_EQ(Find("\"email\"=\"anna@EXAMPLE.org\""), Names{"Alice"});
  EXPECT_EQ(Find("name = \"x\\\"y\""), Names{"Alice"});
  EXPECT_EQ(Find("email = \"\""), Names{});
  EXPECT_EQ(Find("email ^= \"\""), (Names{"Alice", "bob", "bobby"}));
  EXPECT_EQ(Find("cognito:user_status = \"FORCE_CHANGE_PASSWORD\"").size(), 3U);
  EXPECT_EQ(Find("cognito:user_status = \"force_Change_password\"").size(), 3U);
  EXPECT_EQ(Find("cognito:user_status ^= \"force\"").size(), 3U);
  EXPECT_EQ(Find("cognito:user_status = \"CONFIRMED\""), Names{});
  ASSERT_TRUE(Succeeded(Admin("AdminDisableUser", "bob")));
  EXPECT_EQ(Find("status = \"Disabled\""), Names{"bob"});
  EXPECT_EQ(Find("status = \"disabled\""), Names{});
  EXPECT_EQ(Find("status = \"Enabled\""), (Names{"Alice", "bobby"}));
  const std::string sub = AttributeOf("bob", "sub").value();
  EXPECT_EQ(Find("sub = \"" + sub + "\""), Names{"bob"});
}

TEST_F(ListUsers, ValuesAreComparedAsUnicodeDefinesIt) {
  pool_ = MakePool(CaseInsensitive());
  Create("\u00c9cole",  // École
         AttributeList({{"preferred_username", "J\u00dcRGEN"}, {"name", "STRASSE"}}));
  Create("ecole");
  const Names one{"\u00c9cole"};
  EXPECT_EQ(Find("username ^= \"\u00e9co\""), one);
  EXPECT_EQ(Find("username ^= \"e\u0301co\""), one) << "the accent as a character of its own";
  EXPECT_EQ(Find("preferred_username = \"j\u00fcrgen\""), one);
  EXPECT_EQ(Find("preferred_username ^= \"ju\u0308r\""), one);
  EXPECT_EQ(Find("name = \"stra\u00dfe\""), one);
  EXPECT_EQ(Find("name = \"strase\""), Names{});
}

TEST_F(ListUsers, AFilterByUsernameFindsWhomASignInFindsByIt) {
  const auto pool_of = [&](json::object more) {
    more["AliasAttributes"] = {"email"};
    return MakePool(std::move(more));
  };
  for (const bool insensitive : {false, true}) {
    pool_ = pool_of(insensitive ? CaseInsensitive() : json::object());
    Create("Alice", AttributeList({{"email", "a@example.org"}, {"email_verified", "true"}}));
    Create("alicia");
    const bool found = Admin("AdminGetUser", "aLICE").ok();
    EXPECT_EQ(found, insensitive);
    EXPECT_EQ(Find("username = \"aLICE\""), found ? Names{"Alice"} : Names{});
    EXPECT_EQ(Find("username ^= \"aLI\""), insensitive ? (Names{"Alice", "alicia"}) : Names{});
    EXPECT_EQ(Find("username = \"Alice\""), Names{"Alice"});
    EXPECT_EQ(Find("username = \"a@example.org\""), Names{"Alice"});
    EXPECT_EQ(Find("username = \"" + AttributeOf("Alice", "sub").value() + "\""), Names{"Alice"});
    EXPECT_EQ(Find("username ^= \"a@example\""), Names{});
    EXPECT_EQ(Find("username = \"b@example.org\""), Names{});
  }
}

TEST_F(ListUsers, AFilterByUsernameFindsWhomASignInFindsWhereAddressesAreUsernames) {
  pool_ = MakePool({{"UsernameAttributes", {"email"}}});
  Create("a@example.org");
  const std::string username = List({}).Text("Users.0.Username");
  EXPECT_EQ(Find("username = \"a@example.org\""), Names{username});
  EXPECT_EQ(Find("username = \"" + username + "\""), Names{username});
  EXPECT_EQ(Find("username = \"b@example.org\""), Names{});
}

TEST_F(ListUsers, SaysWhatIsWrongWithAFilter) {
  for (const char* filter :
       {"username = foo", "username=", "username", "= \"x\"", "username == \"x\"", "username = \"x",
        "username = \"x\" and email = \"y\""}) {
    EXPECT_EQ(Find(filter), Names{"Error while parsing filter"}) << filter;
  }
  EXPECT_EQ(Find("custom:foo = \"x\""), Names{"Invalid search attribute: custom:foo"});
}

TEST_F(ListUsers, AFilteredListPagesToo) {
  for (int i = 0; i < 5; ++i) {
    Create("user" + std::to_string(i), AttributeList({{"family_name", "Same"}}));
  }
  const Reply first = List({{"Filter", "family_name = \"same\""}, {"Limit", 3}});
  EXPECT_EQ(NamesOf(first).size(), 3U);
  const Reply second = List({{"Filter", "family_name = \"same\""},
                             {"Limit", 3},
                             {"PaginationToken", first.Text("PaginationToken")}});
  EXPECT_EQ(NamesOf(second).size(), 2U);
  EXPECT_FALSE(second.body.contains("PaginationToken"));
}

TEST_F(ListUsers, AFilterThatHasManyCandidatesAndFindsNoneGivesShortPages) {
  const auto pool = domain::GetPool(*services_, pool_);
  const auto create = [&](store::Tx& tx) -> base::Status {
    for (int i = 0; i < 600; ++i) {
      domain::User user;
      user.pool_id = pool_;
      user.sub = base::RandomUuid();
      user.username = "user" + std::to_string(i);
      SALLYPORT_TRY(domain::CreateUser(tx, **pool, user, false));
    }
    return {};
  };
  ASSERT_TRUE(domain::Commit(*services_, create).ok());
  // The index ignores the case of letters; the record decides.
  json::object input{{"Filter", "status = \"enabled\""}};
  const Reply first = List(input);
  EXPECT_TRUE(NamesOf(first).empty());
  input["PaginationToken"] = first.Text("PaginationToken");
  const Reply second = List(input);
  EXPECT_TRUE(NamesOf(second).empty());
  EXPECT_FALSE(second.body.contains("PaginationToken"));
  // A value that only begins with the searched one is not found.
  const Reply none = List({{"Filter", "username = \"user\""}});
  EXPECT_TRUE(NamesOf(none).empty());
  EXPECT_FALSE(none.body.contains("PaginationToken"));
  EXPECT_EQ(Find("username = \"user59\""), Names{"user59"});
}

}  // namespace
}  // namespace sallyport::operations
