#include "code_fixture.h"

#include <algorithm>

namespace sallyport::operations {

namespace json = boost::json;

CodeTest::CodeTest() {
  Change({{"AutoVerifiedAttributes", {"email"}}});
}

void CodeTest::Change(json::object pool) {
  pool["UserPoolId"] = pool_;
  ASSERT_TRUE(Succeeded(Call("UpdateUserPool", pool)));
}

void CodeTest::UsePool(json::object pool, json::object client) {
  pool_ = MakePool(std::move(pool));
  client["ExplicitAuthFlows"] = {"ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"};
  client_ = MakeClient(pool_, std::move(client));
}

void CodeTest::HideUsers() {
  client_ = MakeClient(pool_, {{"PreventUserExistenceErrors", "ENABLED"}});
}

Reply CodeTest::Public(std::string_view operation, std::string_view username, json::object more) {
  more["ClientId"] = client_;
  more["Username"] = username;
  return Call(operation, more);
}

Reply CodeTest::SignUp(std::string_view username, json::array attributes) {
  return Public("SignUp", username,
                {{"Password", kPassword}, {"UserAttributes", std::move(attributes)}});
}

Reply CodeTest::Confirm(std::string_view username, std::string_view code, json::object more) {
  more["ConfirmationCode"] = code;
  return Public("ConfirmSignUp", username, std::move(more));
}

void CodeTest::MakeSignedUp(std::string_view username, std::string_view email) {
  ASSERT_TRUE(Succeeded(SignUp(username, AttributeList({{"email", email}}))));
  ASSERT_TRUE(Succeeded(Confirm(username, LastCode())));
}

std::string CodeTest::StatusOf(std::string_view username) {
  return Admin("AdminGetUser", username).Text("UserStatus");
}

std::vector<domain::Message> CodeTest::Messages() {
  std::vector<domain::Message> messages;
  const auto items = store_->List(domain::kMessagesDue, "", std::nullopt, 1000);
  EXPECT_TRUE(items.ok());
  if (!items) return messages;
  for (const store::ListItem& item : *items) {
    auto message = domain::ParseMessage(vault_, item.key, item.value);
    EXPECT_TRUE(message.ok());
    if (message) messages.push_back(std::move(*message));
  }
  // Records are due in the order of the watched time, which after a restart continues from a little
  // earlier.
  std::stable_sort(messages.begin(), messages.end(), [](const auto& a, const auto& b) {
    return a.created_millis < b.created_millis;
  });
  return messages;
}

std::string CodeTest::LastCode() {
  const auto messages = Messages();
  EXPECT_FALSE(messages.empty());
  // Codes of the same millisecond have no order, so tests move the clock between them.
  clock_.AdvanceMillis(1);
  return messages.empty() ? "" : messages.back().code;
}

std::string CodeTest::Other(std::string_view code) {
  return code == "000000" ? "000001" : "000000";
}

}  // namespace sallyport::operations
