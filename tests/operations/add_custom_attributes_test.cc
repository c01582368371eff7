#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class AddCustomAttributesTest : public UserTest {
 protected:
  Reply Add(json::array attributes) {
    return Call("AddCustomAttributes",
                {{"UserPoolId", pool_}, {"CustomAttributes", std::move(attributes)}});
  }
  Reply Update(std::string_view name, std::string_view value) {
    return Admin("AdminUpdateUserAttributes", "alice",
                 {{"UserAttributes", AttributeList({{name, value}})}});
  }
};

TEST_F(AddCustomAttributesTest, ANewAttributeCanBeWrittenWithinItsConstraints) {
  MakeUser("alice");
  EXPECT_EQ(Update("custom:size", "3").code, "InvalidParameterException");
  ASSERT_TRUE(
      Succeeded(Add({{{"Name", "size"},
                      {"AttributeDataType", "Number"},
                      {"NumberAttributeConstraints", {{"MinValue", "1"}, {"MaxValue", "5"}}}},
                     {{"Name", "team"}, {"StringAttributeConstraints", {{"MaxLength", "4"}}}}})));
  EXPECT_TRUE(Succeeded(Update("custom:size", "5")));
  EXPECT_EQ(Update("custom:size", "6").code, "InvalidParameterException");
  EXPECT_EQ(Update("custom:size", "0").code, "InvalidParameterException");
  EXPECT_EQ(Update("custom:size", "two").code, "InvalidParameterException");
  EXPECT_TRUE(Succeeded(Update("custom:team", "äöüß")));
  EXPECT_EQ(Update("custom:team", "12345").code, "InvalidParameterException");
  EXPECT_EQ(ClaimsOf(SignIn("alice").id).at("custom:size"), "5");
}

TEST_F(AddCustomAttributesTest, ANameThatIsStandardGetsThePrefixToo) {
  ASSERT_TRUE(Succeeded(Add({{{"Name", "sub"}}})));
  MakeUser("alice", AttributeList({{"custom:sub", "x"}}));
  EXPECT_EQ(AttributeOf("alice", "custom:sub"), "x");
}

TEST_F(AddCustomAttributesTest, ANameIsTakenOnce) {
  ASSERT_TRUE(Succeeded(Add({{{"Name", "size"}}})));
  EXPECT_TRUE(FailedWith(Add({{{"Name", "team"}}, {{"Name", "size"}}}), "InvalidParameterException",
                         "custom:size: Existing attribute already has name custom:size."));
  // Nothing of the refused call stays.
  EXPECT_TRUE(Succeeded(Add({{{"Name", "team"}}})));
}

TEST_F(AddCustomAttributesTest, RequiredOnesAreNotSupported) {
  EXPECT_TRUE(FailedWith(Add({{{"Name", "size"}, {"Required", true}}}), "InvalidParameterException",
                         "Required custom attributes are not supported currently."));
}

TEST_F(AddCustomAttributesTest, AnImmutableAttributeIsWrittenOnceWithItsUser) {
  ASSERT_TRUE(Succeeded(Add({{{"Name", "origin"}, {"Mutable", false}}})));
  MakeUser("alice", AttributeList({{"custom:origin", "web"}}));
  EXPECT_TRUE(FailedWith(Update("custom:origin", "other"), "InvalidParameterException",
                         "user.custom:origin: Attribute cannot be updated.\n"));
  EXPECT_EQ(AttributeOf("alice", "custom:origin"), "web");
}

TEST_F(AddCustomAttributesTest, ADeveloperOnlyAttributeIsNotForItsUserToWrite) {
  ASSERT_TRUE(Succeeded(Add({{{"Name", "note"}, {"DeveloperOnlyAttribute", true}}})));
  MakeUser("alice", AttributeList({{"dev:custom:note", "kept"}}));
  EXPECT_EQ(AttributeOf("alice", "dev:custom:note"), "kept");
  const Tokens tokens = SignIn("alice");
  EXPECT_TRUE(FailedWith(By(tokens, "UpdateUserAttributes",
                            {{"UserAttributes", AttributeList({{"dev:custom:note", "mine"}})}}),
                         "NotAuthorizedException",
                         "A client attempted to write unauthorized attribute"));
  EXPECT_TRUE(Succeeded(Update("dev:custom:note", "changed")));
}

TEST_F(AddCustomAttributesTest, AClientReadsAndWritesOnlyWhatItLists) {
  ASSERT_TRUE(Succeeded(Add({{{"Name", "a"}}, {{"Name", "b"}}})));
  client_ = MakeClient(pool_, {{"ExplicitAuthFlows", {"ALLOW_USER_PASSWORD_AUTH"}},
                               {"ReadAttributes", {"custom:a"}},
                               {"WriteAttributes", {"custom:b"}}});
  MakeUser("alice", AttributeList({{"custom:a", "1"}, {"custom:b", "2"}}));
  const Tokens tokens = SignIn("alice");
  EXPECT_TRUE(ClaimsOf(tokens.id).contains("custom:a"));
  EXPECT_FALSE(ClaimsOf(tokens.id).contains("custom:b"));
  const auto write = [&](std::string_view name) {
    return By(tokens, "UpdateUserAttributes", {{"UserAttributes", AttributeList({{name, "3"}})}})
        .code;
  };
  EXPECT_EQ(write("custom:a"), "NotAuthorizedException");
  EXPECT_EQ(write("custom:b"), "");
}

}  // namespace
}  // namespace sallyport::operations
