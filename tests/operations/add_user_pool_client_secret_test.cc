#include <regex>

#include "domain/clients/client.h"
#include "domain/clients/secret_hash.h"
#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class AddUserPoolClientSecretTest : public UserTest {
 protected:
  void MakeConfidential() {
    client_ = MakeClient(
        pool_, {{"GenerateSecret", true}, {"ExplicitAuthFlows", {"ALLOW_USER_PASSWORD_AUTH"}}});
  }
  Reply Secrets(std::string_view operation, json::object more = {}) {
    more["UserPoolId"] = pool_;
    more["ClientId"] = client_;
    return Call(operation, more);
  }
  std::string SignInWith(std::string_view secret) {
    return Call("InitiateAuth",
                json::object{{"ClientId", client_},
                             {"AuthFlow", "USER_PASSWORD_AUTH"},
                             {"AuthParameters",
                              {{"USERNAME", "alice"},
                               {"PASSWORD", kPassword},
                               {"SECRET_HASH", domain::SecretHash(secret, "alice", client_)}}}})
        .code;
  }
};

TEST_F(AddUserPoolClientSecretTest, BothSecretsServeUntilTheOldOneIsDeleted) {
  MakeConfidential();
  MakeUser("alice");
  const std::string old_value =
      Secrets("DescribeUserPoolClient").Text("UserPoolClient.ClientSecret");
  const std::string old_id = Secrets("ListUserPoolClientSecrets")
                                 .At("ClientSecrets")
                                 .at(0)
                                 .at("ClientSecretId")
                                 .as_string()
                                 .c_str();
  clock_.AdvanceMillis(1000);
  const Reply added = Secrets("AddUserPoolClientSecret");
  ASSERT_TRUE(Succeeded(added));
  const std::string new_value = added.Text("ClientSecretDescriptor.ClientSecretValue");
  const std::string new_id = added.Text("ClientSecretDescriptor.ClientSecretId");
  EXPECT_TRUE(std::regex_match(new_value, std::regex("[0-9a-z]{51}")));
  EXPECT_TRUE(new_id.starts_with(client_ + "--")) << new_id;
  EXPECT_DOUBLE_EQ(added.At("ClientSecretDescriptor.ClientSecretCreateDate").to_number<double>(),
                   static_cast<double>(clock_.WallMillis()) / 1000);
  EXPECT_EQ(SignInWith(old_value), "");
  EXPECT_EQ(SignInWith(new_value), "");

  const json::value listed = Secrets("ListUserPoolClientSecrets").At("ClientSecrets");
  ASSERT_EQ(listed.as_array().size(), 2u);
  EXPECT_EQ(listed.at(1).at("ClientSecretId").as_string(), new_id);
  EXPECT_FALSE(listed.at(1).as_object().contains("ClientSecretValue"));

  ASSERT_TRUE(Succeeded(Secrets("DeleteUserPoolClientSecret", {{"ClientSecretId", old_id}})));
  EXPECT_EQ(SignInWith(old_value), "NotAuthorizedException");
  EXPECT_EQ(SignInWith(new_value), "");
  EXPECT_EQ(Secrets("DescribeUserPoolClient").Text("UserPoolClient.ClientSecret"), new_value);
}

TEST_F(AddUserPoolClientSecretTest, AValueThatWasGivenIsTakenAndNotRepeated) {
  MakeConfidential();
  MakeUser("alice");
  const std::string own = "abcdefghijklmnopqrstu_+0";
  const Reply added = Secrets("AddUserPoolClientSecret", {{"ClientSecret", own}});
  ASSERT_TRUE(Succeeded(added));
  EXPECT_TRUE(added.At("ClientSecretDescriptor.ClientSecretValue").is_null());
  EXPECT_EQ(SignInWith(own), "");
  EXPECT_EQ(Secrets("AddUserPoolClientSecret", {{"ClientSecret", "short"}}).code,
            "InvalidParameterException");
}

TEST_F(AddUserPoolClientSecretTest, ThereAreTwoAtMost) {
  MakeConfidential();
  ASSERT_TRUE(Succeeded(Secrets("AddUserPoolClientSecret")));
  EXPECT_TRUE(
      FailedWith(Secrets("AddUserPoolClientSecret"), "LimitExceededException",
                 "User pool client " + client_ + " already has the maximum number of 2 secrets."));
}

TEST_F(AddUserPoolClientSecretTest, APublicClientStaysPublic) {
  EXPECT_TRUE(FailedWith(Secrets("AddUserPoolClientSecret"), "InvalidParameterException",
                         "User pool client " + client_ + " does not have a client secret."));
  EXPECT_TRUE(Secrets("DescribeUserPoolClient").At("UserPoolClient.ClientSecret").is_null());
}

TEST_F(AddUserPoolClientSecretTest, AClientOfAnotherPoolIsUnknown) {
  MakeConfidential();
  pool_ = MakePool();
  for (const char* operation : {"AddUserPoolClientSecret", "ListUserPoolClientSecrets"}) {
    EXPECT_TRUE(FailedWith(Secrets(operation), "ResourceNotFoundException",
                           "User pool client " + client_ + " does not exist."));
  }
}

}  // namespace
}  // namespace sallyport::operations
