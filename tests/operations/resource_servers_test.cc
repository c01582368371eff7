// CreateResourceServer, DescribeResourceServer, UpdateResourceServer, ListResourceServers,
// DeleteResourceServer.
#include "domain/pools/resource_server.h"
#include "fixture.h"
#include "store/store.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

class ResourceServersTest : public OperationTest {
 protected:
  Reply Server(std::string_view verb, std::string_view identifier, json::object more = {}) {
    more["UserPoolId"] = pool_;
    more["Identifier"] = identifier;
    return Call(std::string(verb) + "ResourceServer", more);
  }
  Reply MachineClient(std::string_view scope) {
    return Call("CreateUserPoolClient", {{"UserPoolId", pool_},
                                         {"ClientName", "machine"},
                                         {"GenerateSecret", true},
                                         {"AllowedOAuthFlowsUserPoolClient", true},
                                         {"AllowedOAuthFlows", json::array{"client_credentials"}},
                                         {"AllowedOAuthScopes", json::array{scope}}});
  }
  const std::string pool_ = MakePool();
  const json::array scopes_{{{"ScopeName", "read"}, {"ScopeDescription", "reads"}},
                            {{"ScopeName", "write"}, {"ScopeDescription", "writes"}}};
};

TEST_F(ResourceServersTest, WhatIsCreatedIsDescribed) {
  const Reply created =
      Server("Create", "https://api.example", {{"Name", "API"}, {"Scopes", scopes_}});
  ASSERT_TRUE(Succeeded(created));
  const json::object expected{{"UserPoolId", pool_},
                              {"Identifier", "https://api.example"},
                              {"Name", "API"},
                              {"Scopes", scopes_}};
  EXPECT_EQ(created.At("ResourceServer"), expected);
  EXPECT_EQ(Server("Describe", "https://api.example").At("ResourceServer"), expected);
}

TEST_F(ResourceServersTest, AnUpdateTakesAwayTheScopesItDoesNotName) {
  ASSERT_TRUE(Succeeded(Server("Create", "api", {{"Name", "API"}, {"Scopes", scopes_}})));
  EXPECT_TRUE(Succeeded(Server("Update", "api", {{"Name", "New"}})));
  const Reply reply = Server("Describe", "api");
  EXPECT_EQ(reply.Text("ResourceServer.Name"), "New");
  EXPECT_TRUE(reply.At("ResourceServer.Scopes").as_array().empty());
}

TEST_F(ResourceServersTest, IdentifiersAndScopeNamesAreUnique) {
  ASSERT_TRUE(Succeeded(Server("Create", "api", {{"Name", "API"}})));
  EXPECT_TRUE(FailedWith(Server("Create", "api", {{"Name", "other"}}), "InvalidParameterException",
                         "api already exists in user pool " + pool_ + "."));
  const json::array twice{scopes_[0], scopes_[0]};
  EXPECT_TRUE(FailedWith(Server("Create", "b", {{"Name", "B"}, {"Scopes", twice}}),
                         "InvalidParameterException", "Scope read is named more than once."));
  EXPECT_EQ(Server("Update", "api", {{"Name", "API"}, {"Scopes", twice}}).code,
            "InvalidParameterException");
  // Another pool's is another one.
  EXPECT_TRUE(Succeeded(
      Call("CreateResourceServer",
           json::object{{"UserPoolId", MakePool()}, {"Identifier", "api"}, {"Name", "API"}})));
}

TEST_F(ResourceServersTest, WhatIsNotThereIsNotFound) {
  for (const char* verb : {"Describe", "Delete"}) {
    EXPECT_TRUE(FailedWith(Server(verb, "api"), "ResourceNotFoundException",
                           "Resource server api does not exist."));
  }
  EXPECT_EQ(Server("Update", "api", {{"Name", "API"}}).code, "ResourceNotFoundException");
  EXPECT_TRUE(FailedWith(
      Call("CreateResourceServer", R"({"UserPoolId":"eu-west-1_x","Identifier":"a","Name":"n"})"),
      "ResourceNotFoundException", "User pool eu-west-1_x does not exist."));
}

TEST_F(ResourceServersTest, ListsAllInPages) {
  for (const char* identifier : {"c", "a", "b"}) {
    ASSERT_TRUE(Succeeded(Server("Create", identifier, {{"Name", "n"}})));
  }
  const Reply first =
      Call("ListResourceServers", json::object{{"UserPoolId", pool_}, {"MaxResults", 2}});
  ASSERT_TRUE(Succeeded(first));
  EXPECT_EQ(first.Text("ResourceServers.1.Identifier"), "b");
  const Reply second =
      Call("ListResourceServers",
           json::object{
               {"UserPoolId", pool_}, {"MaxResults", 2}, {"NextToken", first.Text("NextToken")}});
  EXPECT_EQ(second.Text("ResourceServers.0.Identifier"), "c");
  EXPECT_FALSE(second.body.contains("NextToken"));
}

TEST_F(ResourceServersTest, ClientsMayNameTheScopesThatThereAre) {
  EXPECT_TRUE(FailedWith(MachineClient("https://a.example/v1/read"), "ScopeDoesNotExistException",
                         "Invalid scope requested: https://a.example/v1/read"));
  ASSERT_TRUE(
      Succeeded(Server("Create", "https://a.example/v1", {{"Name", "API"}, {"Scopes", scopes_}})));
  EXPECT_TRUE(Succeeded(MachineClient("https://a.example/v1/read")));
  for (const char* scope :
       {"https://a.example/v1/delete", "https://a.example/v1", "/read", "read"}) {
    EXPECT_EQ(MachineClient(scope).code, "ScopeDoesNotExistException") << scope;
  }
  ASSERT_TRUE(Succeeded(Server("Delete", "https://a.example/v1")));
  EXPECT_EQ(MachineClient("https://a.example/v1/read").code, "ScopeDoesNotExistException");
}

TEST_F(ResourceServersTest, GoWithTheirPool) {
  ASSERT_TRUE(Succeeded(Server("Create", "api", {{"Name", "API"}})));
  ASSERT_TRUE(Succeeded(Call("DeleteUserPool", {{"UserPoolId", pool_}})));
  const auto left = store_->List(domain::kResourceServers, "", std::nullopt, 1);
  ASSERT_TRUE(left.ok());
  EXPECT_TRUE(left->empty());
}

}  // namespace
}  // namespace sallyport::operations
