#include "fixture.h"

namespace sallyport::operations {
namespace {

class DeleteUserPoolClientSecretTest : public OperationTest {
 protected:
  Reply Delete(std::string_view secret_id) {
    return Call("DeleteUserPoolClientSecret",
                {{"UserPoolId", pool_}, {"ClientId", client_}, {"ClientSecretId", secret_id}});
  }
  std::string pool_ = MakePool();
  std::string client_ = MakeClient(pool_, {{"GenerateSecret", true}});
};

TEST_F(DeleteUserPoolClientSecretTest, TheLastSecretStays) {
  const Reply listed =
      Call("ListUserPoolClientSecrets", {{"UserPoolId", pool_}, {"ClientId", client_}});
  const std::string id(listed.At("ClientSecrets").at(0).at("ClientSecretId").as_string());
  EXPECT_TRUE(FailedWith(Delete(id), "InvalidParameterException",
                         "You cannot delete the last remaining secret for an app client."));
  // RevokeToken asks for the secret.
  EXPECT_EQ(Call("RevokeToken", {{"ClientId", client_}, {"Token", "x"}}).code,
            "UnauthorizedException");
}

TEST_F(DeleteUserPoolClientSecretTest, ASecretThatIsNotThereIsUnknown) {
  const std::string id = client_ + "--1";
  EXPECT_TRUE(FailedWith(Delete(id), "ResourceNotFoundException",
                         "Client secret " + id + " does not exist."));
}

}  // namespace
}  // namespace sallyport::operations
