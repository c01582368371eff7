#include <utility>

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
  static json::object Text(std::string_view name, json::object more = {}) {
    more["Name"] = name;
    more["AttributeDataType"] = "String";
    return more;
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
                     Text("team", {{"StringAttributeConstraints", {{"MaxLength", "4"}}}})})));
  EXPECT_TRUE(Succeeded(Update("custom:size", "5")));
  EXPECT_EQ(Update("custom:size", "6").code, "InvalidParameterException");
  EXPECT_EQ(Update("custom:size", "0").code, "InvalidParameterException");
  EXPECT_EQ(Update("custom:size", "two").code, "InvalidParameterException");
  EXPECT_TRUE(Succeeded(Update("custom:team", "äöüß")));
  EXPECT_EQ(Update("custom:team", "12345").code, "InvalidParameterException");
  EXPECT_EQ(ClaimsOf(SignIn("alice").id).at("custom:size"), "5");
}

TEST_F(AddCustomAttributesTest, ANameThatIsStandardGetsThePrefixToo) {
  ASSERT_TRUE(Succeeded(Add({Text("sub")})));
  MakeUser("alice", AttributeList({{"custom:sub", "x"}}));
  EXPECT_EQ(AttributeOf("alice", "custom:sub"), "x");
}

TEST_F(AddCustomAttributesTest, ANameIsTakenOnce) {
  ASSERT_TRUE(Succeeded(Add({Text("size")})));
  EXPECT_TRUE(FailedWith(Add({Text("team"), Text("size")}), "InvalidParameterException",
                         "custom:size: Existing attribute already has name custom:size."));
  // Nothing of the refused call is left behind.
  EXPECT_TRUE(Succeeded(Add({Text("team")})));
}

TEST_F(AddCustomAttributesTest, OneWithoutATypeIsRefusedAndInANewPoolOnlyStandardOnesGoWithout) {
  const std::string sentence =
      "Invalid AttributeDataType input, consider using the provided AttributeDataType enum.";
  EXPECT_TRUE(FailedWith(Add({Text("a"), {{"Name", "b"}}}), "InvalidParameterException", sentence));
  EXPECT_TRUE(FailedWith(Add({{{"Name", "email"}}}), "InvalidParameterException", sentence));
  const auto create = [&](json::array schema) {
    return Call("CreateUserPool", {{"PoolName", "p"}, {"Schema", std::move(schema)}});
  };
  EXPECT_TRUE(FailedWith(create({{{"Name", "b"}}}), "InvalidParameterException", sentence));
  EXPECT_TRUE(Succeeded(create({{{"Name", "email"}, {"Required", true}}})));
}

// In a new pool, too: of custom and of standard attributes.
TEST_F(AddCustomAttributesTest, ConstraintsThatAreNoNumbersOrTooGreatOrInTheWrongOrderAreRefused) {
  struct Case {
    std::string_view type, member, name, value, refusal;
  };
  const Case cases[] = {
      {"String", "StringAttributeConstraints", "MaxLength", "x",
       "Invalid StringAttributeConstraints for schema attribute "},
      {"String", "StringAttributeConstraints", "MinLength", "-1",
       "Invalid StringAttributeConstraints for schema attribute "},
      {"String", "StringAttributeConstraints", "MaxLength", "1.5",
       "Invalid StringAttributeConstraints for schema attribute "},
      {"String", "StringAttributeConstraints", "MaxLength", "2049",
       ": String attributes cannot have a length of more than 2048"},
      {"String", "StringAttributeConstraints", "MinLength", "2049",
       ": String attributes cannot have a length of more than 2048"},
      {"String", "StringAttributeConstraints", "MaxLength", "99999999999999999999999",
       ": String attributes cannot have a length of more than 2048"},
      {"String", "StringAttributeConstraints", "MinLength", "-99999999999999999999999",
       "Invalid StringAttributeConstraints for schema attribute "},
      {"String", "StringAttributeConstraints", "MaxLength", "99999999999999999999999x",
       "Invalid StringAttributeConstraints for schema attribute "},
      {"String", "StringAttributeConstraints", "MaxLength", "",
       "Invalid StringAttributeConstraints for schema attribute "},
      {"Number", "NumberAttributeConstraints", "MaxValue", "",
       "Invalid NumberAttributeConstraints for schema attribute "},
      {"Number", "NumberAttributeConstraints", "MinValue", "one",
       "Invalid NumberAttributeConstraints for schema attribute "},
      {"Number", "NumberAttributeConstraints", "MaxValue", "9223372036854775808",
       "Invalid NumberAttributeConstraints for schema attribute "},
  };
  for (const Case& each : cases) {
    const auto attribute = [&](std::string_view name) {
      return json::object{{"Name", name},
                          {"AttributeDataType", each.type},
                          {each.member, {{each.name, each.value}}}};
    };
    const bool text = each.type == "String";
    const Reply standard = Call(
        "CreateUserPool",
        {{"PoolName", "p"}, {"Schema", json::array{attribute(text ? "nickname" : "updated_at")}}});
    for (const Reply& reply : {Add({attribute("size")}), standard}) {
      EXPECT_EQ(reply.code, "InvalidParameterException") << each.value;
      EXPECT_NE(reply.message.find(each.refusal), std::string::npos) << reply.message;
    }
  }
  EXPECT_TRUE(FailedWith(
      Add({Text("size",
                {{"StringAttributeConstraints", {{"MinLength", "5"}, {"MaxLength", "4"}}}})}),
      "InvalidParameterException",
      "Attribute custom:size cannot have a max length smaller than it's min length"));
  EXPECT_TRUE(Succeeded(Add({{{"Name", "depth"},
                              {"AttributeDataType", "Number"},
                              {"NumberAttributeConstraints", {{"MinValue", "-10"}}}}})));
}

TEST_F(AddCustomAttributesTest, ConstraintsAreJudgedThatDoNotFitTheTypeToo) {
  const json::object text{{"StringAttributeConstraints", {{"MaxLength", "zz"}}}};
  const json::object number{{"NumberAttributeConstraints", {{"MaxValue", "1.5"}}}};
  const auto create = [&](json::object attribute) {
    return Call("CreateUserPool",
                {{"PoolName", "p"}, {"Schema", json::array{std::move(attribute)}}});
  };
  const auto with = [](json::object constraints, std::string_view name, std::string_view type) {
    constraints["Name"] = name;
    constraints["AttributeDataType"] = type;
    return constraints;
  };
  for (const char* type : {"String", "Number", "Boolean", "DateTime"}) {
    for (const json::object& bad : {text, number}) {
      EXPECT_EQ(Add({with(bad, "size", type)}).code, "InvalidParameterException") << type;
      EXPECT_EQ(create(with(bad, "size", type)).code, "InvalidParameterException") << type;
    }
  }
  for (const auto& [name, type] :
       {std::pair("sub", "String"), std::pair("email", "String"),
        std::pair("email_verified", "Boolean"), std::pair("updated_at", "Number")}) {
    for (const json::object& bad : {text, number}) {
      EXPECT_EQ(create(with(bad, name, type)).code, "InvalidParameterException") << name;
    }
  }
}

TEST_F(AddCustomAttributesTest, RequiredOnesAreNotSupported) {
  EXPECT_TRUE(FailedWith(Add({Text("size", {{"Required", true}})}), "InvalidParameterException",
                         "Required custom attributes are not supported currently."));
}

TEST_F(AddCustomAttributesTest, AnImmutableAttributeIsWrittenOnceWithItsUser) {
  ASSERT_TRUE(Succeeded(Add({Text("origin", {{"Mutable", false}})})));
  MakeUser("alice", AttributeList({{"custom:origin", "web"}}));
  EXPECT_TRUE(FailedWith(Update("custom:origin", "other"), "InvalidParameterException",
                         "user.custom:origin: Attribute cannot be updated.\n"));
  EXPECT_EQ(AttributeOf("alice", "custom:origin"), "web");
}

TEST_F(AddCustomAttributesTest, ADeveloperOnlyAttributeIsNotForItsUserToWrite) {
  ASSERT_TRUE(Succeeded(Add({Text("note", {{"DeveloperOnlyAttribute", true}})})));
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
  ASSERT_TRUE(Succeeded(Add({Text("a"), Text("b")})));
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
