#include <set>

#include "fixture.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;
using ListUserPoolClientsTest = OperationTest;

TEST_F(ListUserPoolClientsTest, ItemsHaveThreeMembersAndNoSecret) {
  std::string pool = MakePool();
  std::string client = MakeClient(pool, {{"GenerateSecret", true}});
  MakeClient(MakePool());
  Reply reply = Call("ListUserPoolClients", {{"UserPoolId", pool}});
  ASSERT_TRUE(Succeeded(reply));
  EXPECT_EQ(reply.At("UserPoolClients"),
            json::value(json::array{
                json::object{{"ClientId", client}, {"UserPoolId", pool}, {"ClientName", "test"}}}));
  EXPECT_FALSE(reply.body.contains("NextToken"));
}

TEST_F(ListUserPoolClientsTest, PagesThroughAllClientsOnce) {
  std::string pool = MakePool();
  std::set<std::string> made;
  for (int i = 0; i < 5; ++i) made.insert(MakeClient(pool));
  std::set<std::string> seen;
  json::object input{{"UserPoolId", pool}, {"MaxResults", 2}};
  for (int page = 0; page < 3; ++page) {
    Reply reply = Call("ListUserPoolClients", input);
    ASSERT_TRUE(Succeeded(reply));
    const json::value items = reply.At("UserPoolClients");
    for (const json::value& item : items.as_array()) {
      EXPECT_TRUE(seen.insert(std::string(item.at("ClientId").as_string())).second);
    }
    input["NextToken"] = reply.At("NextToken");
  }
  EXPECT_EQ(seen, made);
  EXPECT_TRUE(input["NextToken"].is_null());
}

TEST_F(ListUserPoolClientsTest, NoClientIsListedAsOneThatRegisteredItself) {
  const std::string pool = MakePool();
  MakeClient(pool);
  const auto listed = [&](const char* type) {
    Reply reply = Call("ListUserPoolClients", {{"UserPoolId", pool}, {"ClientType", type}});
    EXPECT_TRUE(Succeeded(reply));
    return reply.At("UserPoolClients").as_array().size();
  };
  EXPECT_EQ(listed("DCR"), 0U);
  EXPECT_EQ(listed("REGULAR"), 1U);
}

TEST_F(ListUserPoolClientsTest, AnUnknownPoolIsNotFound) {
  EXPECT_EQ(Call("ListUserPoolClients", R"({"UserPoolId":"eu-west-1_000000000"})").code,
            "ResourceNotFoundException");
}

}  // namespace
}  // namespace sallyport::operations
