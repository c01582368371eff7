// PasswordHistorySize: a user cannot set one of the last passwords again, including the present
// one.
#include <gtest/gtest.h>

#include <string>

#include "user_fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class PasswordHistoryTest : public UserTest {
 protected:
  Reply Set(std::string_view password) {
    return Call(
        "AdminSetUserPassword",
        {{"UserPoolId", pool_}, {"Username", "ada"}, {"Password", password}, {"Permanent", true}});
  }
  void Remember(int size) {
    pool_ =
        MakePool({{"Policies",
                   {{"PasswordPolicy", {{"MinimumLength", 8}, {"PasswordHistorySize", size}}}}}});
    ASSERT_TRUE(Succeeded(
        Call("AdminCreateUser",
             {{"UserPoolId", pool_}, {"Username", "ada"}, {"TemporaryPassword", "password-1"}})));
  }
};

TEST_F(PasswordHistoryTest, RefusesThePresentPasswordAndTheOnesBefore) {
  Remember(3);
  for (const char* password : {"password-2", "password-3"}) {
    EXPECT_TRUE(Succeeded(Set(password)));
  }
  for (const char* password : {"password-1", "password-2", "password-3"}) {
    EXPECT_EQ(Set(password).code, "PasswordHistoryPolicyViolationException") << password;
  }
}

TEST_F(PasswordHistoryTest, ForgetsWhatIsOlderThanItsSize) {
  Remember(2);
  for (const char* password : {"password-2", "password-3", "password-1"}) {
    EXPECT_TRUE(Succeeded(Set(password))) << password;
  }
  EXPECT_EQ(Set("password-3").code, "PasswordHistoryPolicyViolationException");
  EXPECT_TRUE(Succeeded(Set("password-2")));
}

TEST_F(PasswordHistoryTest, WithoutItAnyPasswordMayComeBack) {
  Remember(0);
  EXPECT_TRUE(Succeeded(Set("password-1")));
}

}  // namespace
}  // namespace sallyport::operations
