#include "code_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class GetUserAttributeVerificationCode : public CodeTest {
 protected:
  Reply GetCode(const Tokens& tokens, std::string_view attribute = "email") {
    return By(tokens, "GetUserAttributeVerificationCode", {{"AttributeName", attribute}});
  }
};

TEST_F(GetUserAttributeVerificationCode, SendsOneToAnAddressOfTheUsers) {
  Change({});
  MakeUser("alice", AttributeList({{"email", "alice@example.org"}}));
  const Tokens tokens = SignIn("alice");
  EXPECT_EQ(GetCode(tokens).At("CodeDeliveryDetails"), json::value({{"Destination", "a***@e***"},
                                                                    {"DeliveryMedium", "EMAIL"},
                                                                    {"AttributeName", "email"}}));
  EXPECT_EQ(Messages().back().cause, "VerifyUserAttribute");
  EXPECT_EQ(GetCode(tokens, "phone_number").code, "InvalidParameterException");
  EXPECT_EQ(GetCode(tokens, "nickname").code, "InvalidParameterException");
  EXPECT_TRUE(
      FailedWith(GetCode({"nonsense", "", ""}), "NotAuthorizedException", "Invalid Access Token"));
  ASSERT_TRUE(Succeeded(
      By(tokens, "VerifyUserAttribute", {{"AttributeName", "email"}, {"Code", LastCode()}})));
  EXPECT_EQ(AttributeOf("alice", "email_verified"), "true");
}

}  // namespace
}  // namespace sallyport::operations
