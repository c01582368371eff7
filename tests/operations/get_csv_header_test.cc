#include "fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;
using GetCSVHeaderTest = OperationTest;

TEST_F(GetCSVHeaderTest, NamesEveryAttributeInAwssOrderWithTheCustomOnes) {
  const std::string pool =
      MakePool({{"Schema", {{{"Name", "team"}, {"AttributeDataType", "String"}}}}});
  const Reply reply = Call("GetCSVHeader", {{"UserPoolId", pool}});
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_EQ(reply.Text("UserPoolId"), pool);
  EXPECT_EQ(reply.At("CSVHeader"), (json::value{"name",
                                                "given_name",
                                                "family_name",
                                                "middle_name",
                                                "nickname",
                                                "preferred_username",
                                                "profile",
                                                "picture",
                                                "website",
                                                "email",
                                                "email_verified",
                                                "gender",
                                                "birthdate",
                                                "zoneinfo",
                                                "locale",
                                                "phone_number",
                                                "phone_number_verified",
                                                "address",
                                                "updated_at",
                                                "custom:team",
                                                "cognito:mfa_enabled",
                                                "cognito:username"}));
}

TEST_F(GetCSVHeaderTest, AnUnknownPoolIsNotFound) {
  EXPECT_EQ(Call("GetCSVHeader", R"({"UserPoolId":"eu-west-1_000000000"})").code,
            "ResourceNotFoundException");
}

}  // namespace
}  // namespace sallyport::operations
