#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class AdminCreateUser : public UserTest {};

TEST_F(AdminCreateUser, AnswersWithTheUserWhoMustChangeItsPassword) {
  IgnoreCase();
  const Reply reply = Admin(
      "AdminCreateUser", "Alice",
      {{"UserAttributes", AttributeList({{"email", "a@example.org"}, {"email_verified", "True"}})},
       {"TemporaryPassword", "Temp0rary!"}});
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_EQ(reply.Text("User.Username"), "Alice");
  EXPECT_EQ(reply.Text("User.UserStatus"), "FORCE_CHANGE_PASSWORD");
  EXPECT_TRUE(reply.At("User.Enabled").as_bool());
  EXPECT_NEAR(reply.At("User.UserCreateDate").as_double(),
              static_cast<double>(clock_.WallMillis()) / 1000, 0.001);
  EXPECT_EQ(reply.Text("User.Attributes.0.Name"), "sub");
  EXPECT_EQ(AttributeOf("alice", "email_verified"), "true");
  EXPECT_EQ(Initiate("alice", "Temp0rary!").Text("ChallengeName"), "NEW_PASSWORD_REQUIRED");
}

TEST_F(AdminCreateUser, RefusesATakenNameInAnyCase) {
  IgnoreCase();
  ASSERT_TRUE(Succeeded(Admin("AdminCreateUser", "Alice")));
  EXPECT_TRUE(FailedWith(Admin("AdminCreateUser", "aLICE"), "UsernameExistsException",
                         "User account already exists"));
}

TEST_F(AdminCreateUser, RefusesWhatSchemaAndPolicyForbid) {
  EXPECT_TRUE(FailedWith(
      Admin("AdminCreateUser", "alice",
            {{"UserAttributes", AttributeList({{"custom:a", "1"}, {"custom:b", "2"}})}}),
      "InvalidParameterException",
      "Attributes did not conform to the schema: Type for attribute {custom:a} could not be "
      "determined\nType for attribute {custom:b} could not be determined\n"));
  EXPECT_TRUE(FailedWith(Admin("AdminCreateUser", "alice", {{"TemporaryPassword", "short"}}),
                         "InvalidPasswordException",
                         "Password did not conform with policy: Password not long enough"));
  EXPECT_TRUE(FailedWith(Admin("AdminCreateUser", "alice",
                               {{"UserAttributes", AttributeList({{"email", "no address"}})}}),
                         "InvalidParameterException", "Invalid email address format."));
  EXPECT_EQ(Admin("AdminGetUser", "alice").code, "UserNotFoundException");
}

TEST_F(AdminCreateUser, RefusesNamesAndAddressesThatNobodyCouldRead) {
  for (const char* name : {"\u3164", "\u034f", "\ufe0f\u034f"}) {
    EXPECT_TRUE(FailedWith(Admin("AdminCreateUser", name), "InvalidParameterException",
                           "Username must have at least one visible character."));
    EXPECT_TRUE(
        FailedWith(Admin("AdminCreateUser", "alice",
                         {{"UserAttributes", AttributeList({{"preferred_username", name}})}}),
                   "InvalidParameterException",
                   "Attributes did not conform to the schema: preferred_username: The value must "
                   "have at least one visible character\n"));
  }
  for (const char* address : {"a\x0b@example.org", "a\x7f@example.org", "a<b@example.org>"}) {
    EXPECT_TRUE(FailedWith(Admin("AdminCreateUser", "alice",
                                 {{"UserAttributes", AttributeList({{"email", address}})}}),
                           "InvalidParameterException", "Invalid email address format."));
  }
  EXPECT_TRUE(Succeeded(Admin("AdminCreateUser", "\u2764\ufe0f")));
}

// A token with that character would be accepted by no gate.
TEST_F(AdminCreateUser, RefusesTheCharacterNulInAttributes) {
  const json::array attributes{
      json::object{{"Name", "name"}, {"Value", std::string_view("a\0b", 3)}}};
  constexpr std::string_view kRefusal =
      "Attributes did not conform to the schema: name: The value must not contain the character "
      "U+0000\n";
  EXPECT_TRUE(FailedWith(Admin("AdminCreateUser", "alice", {{"UserAttributes", attributes}}),
                         "InvalidParameterException", kRefusal));
  MakeUser("alice");
  EXPECT_TRUE(
      FailedWith(Admin("AdminUpdateUserAttributes", "alice", {{"UserAttributes", attributes}}),
                 "InvalidParameterException", kRefusal));
}

TEST_F(AdminCreateUser, WithEmailAsUsernameTheUsernameIsTheSub) {
  pool_ = MakePool(CaseInsensitive({{"UsernameAttributes", {"email"}}}));
  EXPECT_TRUE(FailedWith(Admin("AdminCreateUser", "alice"), "InvalidParameterException",
                         "Username should be an email."));
  const Reply reply = Admin("AdminCreateUser", "a@example.org");
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_EQ(reply.Text("User.Username"), AttributeOf("a@example.org", "sub"));
  EXPECT_EQ(AttributeOf("A@example.org", "email"), "a@example.org");
  EXPECT_TRUE(FailedWith(Admin("AdminCreateUser", "A@example.org"), "UsernameExistsException",
                         "An account with the given email already exists."));
}

TEST_F(AdminCreateUser, TakesAnAliasOverOnlyWhenForced) {
  pool_ = MakePool({{"AliasAttributes", {"email"}}});
  const json::array attributes =
      AttributeList({{"email", "a@example.org"}, {"email_verified", "true"}});
  ASSERT_TRUE(Succeeded(Admin("AdminCreateUser", "alice", {{"UserAttributes", attributes}})));
  EXPECT_TRUE(FailedWith(Admin("AdminCreateUser", "bob", {{"UserAttributes", attributes}}),
                         "UsernameExistsException", "An account with the email already exists."));
  ASSERT_TRUE(Succeeded(Admin("AdminCreateUser", "bob",
                              {{"UserAttributes", attributes}, {"ForceAliasCreation", true}})));
  EXPECT_EQ(Admin("AdminGetUser", "a@example.org").Text("Username"), "bob");
  EXPECT_TRUE(FailedWith(Admin("AdminCreateUser", "c@example.org"), "InvalidParameterException",
                         "Username cannot be of email format, since user pool is configured for "
                         "email alias."));
}

TEST_F(AdminCreateUser, ResendBeginsTheTimeToUseTheTemporaryPasswordAnew) {
  EXPECT_TRUE(FailedWith(Admin("AdminCreateUser", "alice", {{"MessageAction", "RESEND"}}),
                         "UserNotFoundException", "User does not exist."));
  ASSERT_TRUE(Succeeded(Admin("AdminCreateUser", "alice", {{"TemporaryPassword", "Temp0rary!"}})));
  clock_.AdvanceMillis(int64_t{7} * 86'400'000);
  EXPECT_TRUE(FailedWith(Initiate("alice", "Temp0rary!"), "NotAuthorizedException",
                         "Temporary password has expired and must be reset by an administrator."));
  ASSERT_TRUE(Succeeded(Admin("AdminCreateUser", "alice", {{"MessageAction", "RESEND"}})));
  EXPECT_TRUE(Succeeded(Initiate("alice", "Temp0rary!")));
  MakeUser("bob");
  EXPECT_TRUE(FailedWith(Admin("AdminCreateUser", "bob", {{"MessageAction", "RESEND"}}),
                         "UnsupportedUserStateException",
                         "Resend not possible. bob status is not FORCE_CHANGE_PASSWORD"));
}

}  // namespace
}  // namespace sallyport::operations
