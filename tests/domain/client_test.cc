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
  const auto value = [&](const Client& client) {
    return std::string(OpenSecret(vault_, client.secrets.front()).value().Reveal());
  };
  const std::string sealed =
      SealClientRecord(vault_, ClientKey("abc"), json::serialize(record)).value().value();
  EXPECT_EQ(sealed.find("s3cr3t"), std::string::npos);
  EXPECT_EQ(SealClientRecord(vault_, ClientKey("abc"), sealed).value(), std::nullopt);
  ASSERT_TRUE(
      Succeeded(Commit([&](store::Tx& tx) { return tx.Put(ClientKey("abc"), sealed, {}); })));
  Client client = *GetClient(*services_, "abc").value();
  ASSERT_EQ(client.secrets.size(), 1u);
  EXPECT_EQ(value(client), "s3cr3t");
  EXPECT_EQ(client.secrets[0].id, "abc--17");
  EXPECT_EQ(client.secrets[0].created_millis, 17);

  // Written anew, it is the same.
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) { return PutClient(tx, client); })));
  client = *GetClient(*services_, "abc").value();
  ASSERT_EQ(client.secrets.size(), 1u);
  EXPECT_EQ(client.secrets[0].id, "abc--17");
  EXPECT_EQ(value(client), "s3cr3t");
}

TEST_F(ClientTest, SecretsOfTheSecondVersionAreSealedEach) {
  const json::object record{
      {"Id", "abc"},
      {"Secrets", json::array{json::object{{"Id", "abc--1"}, {"Value", "one"}, {"Created", 1}},
                              json::object{{"Id", "abc--2"}, {"Value", "two"}, {"Created", 2}}}}};
  const std::string sealed =
      SealClientRecord(vault_, ClientKey("abc"), json::serialize(record)).value().value();
  ASSERT_TRUE(
      Succeeded(Commit([&](store::Tx& tx) { return tx.Put(ClientKey("abc"), sealed, {}); })));
  const auto client = GetClient(*services_, "abc").value();
  EXPECT_TRUE(SecretMatches(vault_, *client, "one"));
  EXPECT_TRUE(SecretMatches(vault_, *client, "two"));
  Client swapped = *client;
  std::swap(swapped.secrets[0].sealed, swapped.secrets[1].sealed);
  EXPECT_FALSE(SecretMatches(vault_, swapped, "one")) << "each is sealed for its own id";
}

TEST_F(ClientTest, EitherSecretMatchesAndNothingElse) {
  Client client;
  client.id = "abc";
  EXPECT_TRUE(SecretMatches(vault_, client, ""));
  EXPECT_FALSE(SecretMatches(vault_, client, "x"));
  AddSecret(vault_, client, "first", 5);
  AddSecret(vault_, client, "second", 5);
  EXPECT_NE(client.secrets[0].id, client.secrets[1].id);
  EXPECT_TRUE(SecretMatches(vault_, client, "first"));
  EXPECT_TRUE(SecretMatches(vault_, client, "second"));
  EXPECT_FALSE(SecretMatches(vault_, client, ""));
  EXPECT_FALSE(SecretMatches(vault_, client, "third"));
}

}  // namespace
}  // namespace sallyport::domain
