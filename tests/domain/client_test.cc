#include "fixture.h"

namespace sallyport::domain {
namespace {

namespace json = boost::json;

using ClientTest = DomainTest;

TEST_F(ClientTest, ARecordOfTheFirstVersionKeepsItsSecret) {
  const json::object record{{"Id", "abc"},
                            {"PoolId", pool_->id},
                            {"Name", "app"},
                            {"Secret", "s3cr3t"},
                            {"Created", 17},
                            {"Modified", 18},
                            {"Description", json::object()}};
  ASSERT_TRUE(Succeeded(Commit(
      [&](store::Tx& tx) { return tx.Put(ClientKey("abc"), json::serialize(record), {}); })));
  Client client = *GetClient(*services_, "abc").value();
  ASSERT_EQ(client.secrets.size(), 1u);
  EXPECT_EQ(client.secrets[0].value, "s3cr3t");
  EXPECT_EQ(client.secrets[0].id, "abc--17");
  EXPECT_EQ(client.secrets[0].created_millis, 17);

  // Written anew, it is the same.
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) { return PutClient(tx, client); })));
  client = *GetClient(*services_, "abc").value();
  ASSERT_EQ(client.secrets.size(), 1u);
  EXPECT_EQ(client.secrets[0].id, "abc--17");
  EXPECT_EQ(client.secrets[0].value, "s3cr3t");
}

TEST_F(ClientTest, EitherSecretMatchesAndNothingElse) {
  Client client;
  client.id = "abc";
  EXPECT_TRUE(SecretMatches(client, ""));
  EXPECT_FALSE(SecretMatches(client, "x"));
  AddSecret(client, "first", 5);
  AddSecret(client, "second", 5);
  EXPECT_NE(client.secrets[0].id, client.secrets[1].id);
  EXPECT_TRUE(SecretMatches(client, "first"));
  EXPECT_TRUE(SecretMatches(client, "second"));
  EXPECT_FALSE(SecretMatches(client, ""));
  EXPECT_FALSE(SecretMatches(client, "third"));
}

}  // namespace
}  // namespace sallyport::domain
