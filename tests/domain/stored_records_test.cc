// Records as they are in existing stores: what earlier versions wrote keeps its meaning, and what
// this version writes is what they read, byte for byte.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <functional>
#include <optional>
#include <string>

#include "base/encoding.h"
#include "domain/clients/client.h"
#include "domain/credentials/challenge.h"
#include "domain/credentials/code.h"
#include "domain/credentials/code_record.h"
#include "domain/credentials/password.h"
#include "domain/credentials/srp_session.h"
#include "domain/keys/agent_key.h"
#include "domain/messages/custom_sender.h"
#include "domain/messages/message.h"
#include "domain/pools/pool_domain.h"
#include "domain/pools/resource_server.h"
#include "domain/tokens/family.h"
#include "domain/tokens/revoke.h"
#include "domain/users/group.h"
#include "domain/users/user_import.h"
#include "revocation/revocation.h"
#include "stored_records_fixture.h"

namespace sallyport::domain {
namespace {

namespace json = boost::json;

// ---- Users, and what belongs to them

TEST_F(StoredRecords, AUserIsReadAndWrittenAsItLies) {
  const std::string rest =
      R"("Enabled":true,"Status":"UNCONFIRMED","PasswordHash":"h","PasswordVersion":2,)"
      R"("PasswordSet":3,"Generation":4,"Created":5,"Modified":6,"Attributes":{"email":"e"},)"
      R"("Groups":{"admins":"id"},"SignUp":{"CodeSent":true,"Millis":7}})";
  const std::string begin = R"({"PoolId":"p","Sub":"s","Username":"u","Version":)";
  Store(UserKey("p", "s"), begin + "1," + rest);
  User user = GetUser(*store_, "p", "s").value().value();
  EXPECT_TRUE(user.enabled);
  EXPECT_EQ(user.status, kUnconfirmed);
  EXPECT_EQ(user.password_hash, "h");
  EXPECT_EQ(user.password_version, 2u);
  EXPECT_EQ(user.password_millis, 3);
  EXPECT_EQ(user.generation, 4u);
  EXPECT_EQ(user.created_millis, 5);
  EXPECT_EQ(user.modified_millis, 6);
  EXPECT_EQ(user.Attribute("email"), "e");
  EXPECT_EQ(user.groups.at("admins"), "id");
  EXPECT_TRUE(user.sign_up.code_sent);
  EXPECT_EQ(user.sign_up.millis, 7);
  EXPECT_EQ(NextUserRecord(user), begin + "2," + rest);
  user.status = kConfirmed;
  user.groups.clear();
  EXPECT_EQ(NextUserRecord(user).find("SignUp"), std::string::npos);
  EXPECT_EQ(NextUserRecord(user).find("Groups"), std::string::npos);
  Store(UserKey("p", "s"), "{}");
  EXPECT_FALSE(GetUser(*store_, "p", "s").value()->enabled) << "none of ours";
}

TEST_F(StoredRecords, PasswordsThatWereBeforeAreKept) {
  User user;
  user.pool_id = "p";
  user.sub = "s";
  user.password_version = 9;
  const auto upgrade = [&](store::Tx& tx) {
    return UpgradePassword(tx, user, {.srp = {.sealed = "verifier", .user_id = ""}, .phc = ""});
  };
  const std::string upgraded = R"({"History":["a","b"],"Srp":"verifier","SrpVersion":9})";
  EXPECT_EQ(
      Rewritten("password/p/s", R"({"History":["a","b"],"Srp":"old","SrpVersion":8})", upgrade),
      upgraded);
  EXPECT_EQ(Rewritten("password/p/s", R"({"History":["a","b"]})", upgrade), upgraded);
}

TEST_F(StoredRecords, ACodeIsReadAndWrittenAsItLies) {
  const CodeSlot slot{.pool_id = "p", .subject = "s", .purpose = CodePurpose::kEmail};
  const auto rewrite = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const CodeRecord code, ReadCodeRecord(tx, slot));
    return WriteCodeRecord(tx, *services_, slot, code);
  };
  const std::string begin =
      R"({"Mac":"m","Attribute":"email","Destination":"d","Pending":true,"Expires":1,)";
  const std::string counts =
      R"("Sends":3,"SendsSince":4,"Failures":5,"FailuresSince":6,"ClosedUntil":7)";
  const std::string bytes =
      begin + R"("Ends":2,)" + counts + R"(,"ByAnybody":true,"Message":"id"})";
  EXPECT_EQ(Rewritten(CodeKey(slot), bytes, rewrite), bytes);
  const CodeRecord code = ReadCodeRecord(*store_, slot).value();
  EXPECT_EQ(code.mac, "m");
  EXPECT_EQ(code.target.attribute, "email");
  EXPECT_EQ(code.target.destination, "d");
  EXPECT_TRUE(code.target.pending);
  EXPECT_EQ(code.expires_millis, 1);
  EXPECT_EQ(code.ends_millis, 2);
  EXPECT_EQ(code.sends.times, 3);
  EXPECT_EQ(code.sends.since_millis, 4);
  EXPECT_EQ(code.failures.times, 5);
  EXPECT_EQ(code.failures.since_millis, 6);
  EXPECT_EQ(code.closed_until_millis, 7);
  EXPECT_TRUE(code.by_anybody);
  EXPECT_EQ(code.message_id, "id");
  EXPECT_EQ(Rewritten(CodeKey(slot), begin + counts + "}", rewrite),
            begin + R"("Ends":1,)" + counts + "}")
      << "an earlier version's";
}

// ---- Messages

TEST_F(StoredRecords, AMessageIsWrittenAsItWasAndItsContentIsSealed) {
  Message message;
  message.id = "m";
  message.pool_id = "p";
  message.username = "u";
  message.medium = Medium::kSms;
  message.destination = "+1";
  message.cause = "SignUp";
  message.subject = "s";
  message.body = "b";
  message.code = "c";
  message.for_sender = "{}";
  message.from = "f";
  message.reply_to = "r";
  message.created_millis = 1;
  message.since_millis = 2;
  message.due_millis = 3;
  message.attempts = 4;
  message.last_error = "e";
  message.by_anybody = true;
  message.serves_until_millis = 5;
  const std::string key = MessageKey("m");
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) { return PutMessage(tx, vault_, message); })));
  json::object record = json::parse(Stored(key)).as_object();
  EXPECT_EQ(vault_.Open(key, std::string(record.at("Content").as_string())).value(),
            R"({"Subject":"s","Body":"b","Code":"c","ForSender":"{}"})");
  const json::value content = record.at("Content");
  record["Content"] = "sealed";
  EXPECT_EQ(json::serialize(record),
            R"({"Id":"m","PoolId":"p","Username":"u","Medium":"SMS","Destination":"+1",)"
            R"("Cause":"SignUp","Content":"sealed","From":"f","ReplyTo":"r","Created":1,"Since":2,)"
            R"("Due":3,"Attempts":4,"LastError":"e","Held":false,"ByAnybody":true,)"
            R"("ServesUntil":5})");
  record["Content"] = content;

  // As an earlier version wrote it, and with members that a later version may add.
  record.erase("Since");
  record.erase("ServesUntil");
  record["Later"] = 1;
  Store(key, json::serialize(record));
  Message earlier = ParseMessage(vault_, key, Stored(key)).value();
  EXPECT_EQ(earlier.medium, Medium::kSms);
  EXPECT_EQ(earlier.body, "b");
  EXPECT_EQ(earlier.for_sender, "{}");
  EXPECT_EQ(earlier.since_millis, 1);
  EXPECT_EQ(earlier.serves_until_millis, 86'400'001);
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) { return EndServing(tx, "m"); })));
  record["Since"] = 1;
  record["ServesUntil"] = 0;
  EXPECT_EQ(json::parse(Stored(key)), json::value(record)) << "nothing else changes, or is lost";
  EXPECT_EQ(ParseMessage(vault_, key, Stored(key))->serves_until_millis, 0);
}

TEST_F(StoredRecords, WhatASenderIsToldIsWrittenAsItWas) {
  User user;
  user.sub = "s";
  user.attributes = {{"email", "e"}};
  const std::string attributes =
      R"("userAttributes":{"sub":"s","cognito:user_status":"CONFIRMED","email":"e"}})";
  EXPECT_EQ(ForSender(user, "c", "a", nullptr),
            R"({"clientId":"c","userAgent":"a","clientMetadata":null,)" + attributes);
  const json::object metadata{{"k", "v"}};
  EXPECT_EQ(ForSender(user, "c", "a", &metadata),
            R"({"clientId":"c","userAgent":"a","clientMetadata":{"k":"v"},)" + attributes);
}

// ---- Clients

class StoredClients : public StoredRecords {
 protected:
  std::string ClientRewritten(std::string_view bytes) {
    return Rewritten(ClientKey("c"), bytes, [](store::Tx& tx) -> base::Status {
      SALLYPORT_ASSIGN(const Client client, GetClient(tx, "c"));
      return PutClient(tx, client);
    });
  }
};

TEST_F(StoredClients, AreReadAndWrittenAsTheyLie) {
  const std::string begin =
      R"({"Id":"c","PoolId":"p","Name":"n",)"
      R"("Secrets":[{"Id":"c--1","Sealed":"x","Created":1},{"Id":"c--2","Sealed":"y","Created":2}],)"
      R"("Created":3,"Modified":4,"GreatestTokenSeconds":86400,)";
  const std::string end = R"("Description":{"CallbackURLs":["https://a.example"]}})";
  EXPECT_EQ(ClientRewritten(begin + R"("SsoMinutes":0,)" + end),
            begin + R"("SsoMinutes":0,)" + end);
  EXPECT_EQ(ClientRewritten(begin + end), begin + R"("SsoMinutes":60,)" + end)
      << "an earlier version's";
}

// A client without secrets needs none, so a secret that cannot be read must not be skipped.
TEST_F(StoredClients, OneWhoseSecretsAreDamagedIsRefusedAndNotTakenForOneWithoutAny) {
  const auto outcome = [this](std::string_view secrets) {
    Store(ClientKey("c"), R"({"Id":"c","Description":{})" + std::string(secrets) + "}");
    const auto client = GetClient(*store_, "c");
    return client ? "read" : client.error().code;
  };
  EXPECT_EQ(outcome(""), "read");
  EXPECT_EQ(outcome(R"(,"Secrets":[])"), "read");
  for (const char* damaged : {R"(,"Secrets":["x"])", R"(,"Secrets":[{"Id":"a"},5])",
                              R"(,"Secrets":null)", R"(,"Secrets":"x")", R"(,"Secrets":{})"}) {
    EXPECT_EQ(outcome(damaged), "InternalErrorException") << damaged;
  }
}

TEST_F(StoredClients, ADamagedOneKeepsNobodysTokensFromBeingRevoked) {
  Store(ClientKey("c"), R"({"Id":"c","GreatestTokenSeconds":60,"Secrets":["x"]})");
  EXPECT_EQ(GreatestTokenSeconds(*store_, "c").value(), revocation::kGreatestTokenLifetimeSeconds);
  EXPECT_EQ(GreatestTokenSeconds(*store_, "none").value(), std::nullopt);
}

TEST_F(StoredClients, SecretsInClearAreSealedAndTheRestStays) {
  const auto sealed = [&](const std::string& bytes) {
    return json::parse(SealClientRecord(vault_, ClientKey("c"), bytes).value().value()).as_object();
  };
  const auto value_of = [&](const json::value& secret) {
    const ClientSecret kept{std::string(secret.at("Id").as_string()),
                            std::string(secret.at("Sealed").as_string()),
                            secret.at("Created").as_int64()};
    return std::string(OpenSecret(vault_, kept).value().Reveal());
  };
  // The first version's one secret.
  json::object first = sealed(R"({"Id":"c","Secret":"one","Created":5,"Other":1})");
  EXPECT_FALSE(first.contains("Secret"));
  EXPECT_EQ(first.at("Other"), 1);
  EXPECT_EQ(first.at("Created"), 5);
  ASSERT_EQ(first.at("Secrets").as_array().size(), 1u);
  EXPECT_EQ(first.at("Secrets").at(0).at("Id"), "c--5");
  EXPECT_EQ(first.at("Secrets").at(0).at("Created"), 5);
  EXPECT_EQ(value_of(first.at("Secrets").at(0)), "one");
  // The next version's secrets, one of which is already sealed.
  json::object next =
      sealed(R"({"Id":"c","Created":5,"Secrets":[{"Id":"c--6","Value":"two","Created":6},)"
             R"({"Id":"c--7","Sealed":"x","Created":7}]})");
  ASSERT_EQ(next.at("Secrets").as_array().size(), 2u);
  EXPECT_FALSE(next.at("Secrets").at(0).as_object().contains("Value"));
  EXPECT_EQ(next.at("Secrets").at(0).at("Created"), 6);
  EXPECT_EQ(value_of(next.at("Secrets").at(0)), "two");
  EXPECT_EQ(json::serialize(next.at("Secrets").at(1)), R"({"Id":"c--7","Sealed":"x","Created":7})");
  EXPECT_FALSE(SealClientRecord(vault_, ClientKey("c"), R"({"Id":"c","Secrets":[]})")->has_value());
}

// ---- What else a pool has

TEST_F(StoredRecords, AGroupIsReadAndWrittenAsItLies) {
  const auto rewrite = [](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const Group group, RequireGroup(tx, "p", "Admins"));
    return PutGroup(tx, group);
  };
  const std::string begin =
      R"({"PoolId":"p","Name":"Admins","Id":"i","Description":"d","RoleArn":"r","Created":1,)"
      R"("Modified":2)";
  for (const char* end : {"}", R"(,"Precedence":0})", R"(,"Precedence":7})"}) {
    EXPECT_EQ(Rewritten("group/p/admins", begin + end, rewrite), begin + end);
  }
}

TEST_F(StoredRecords, AResourceServerIsReadAndWrittenAsItLies) {
  const ResourceServer server{
      .pool_id = "p", .identifier = "https://a.example", .name = "n", .scopes = {{"read", "d"}}};
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) { return CreateResourceServer(tx, server); })));
  const std::string bytes = R"({"PoolId":"p","Identifier":"https://a.example","Name":"n",)"
                            R"("Scopes":[{"Name":"read","Description":"d"}]})";
  const std::string key = Only(kResourceServers).key;
  EXPECT_EQ(Stored(key), bytes);
  const auto rewrite = [](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const ResourceServer read, GetResourceServer(tx, "p", "https://a.example"));
    return UpdateResourceServer(tx, read);
  };
  EXPECT_EQ(Rewritten(key, bytes, rewrite), bytes);
}

TEST_F(StoredRecords, ADomainIsReadAndWrittenAsItLies) {
  const std::string begin = R"({"Name":"auth","PoolId":")" + pool_->id + R"(","Custom":false,)";
  const std::string end = R"("Created":5,"CustomDomainConfig":{},"Routing":{}})";
  PoolDomain domain;
  domain.name = "auth";
  domain.pool_id = pool_->id;
  domain.created_millis = 5;
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) { return CreatePoolDomain(tx, domain); })));
  EXPECT_EQ(Stored("domain-prefix/eu-west-1/auth"), begin + R"("ManagedLoginVersion":1,)" + end);
  Store("domain-prefix/eu-west-1/auth", begin + end);
  EXPECT_EQ(GetPoolDomain(*store_, "eu-west-1", "auth").value()->managed_login_version, 1);
  Store("domain/auth.example", R"({"Name":"auth.example","PoolId":")" + pool_->id +
                                   R"(","Custom":true,"CustomDomainConfig":{"CertificateArn":"a"},)"
                                   R"("Routing":{"Failover":{}}})");
  const PoolDomain read = GetPoolDomain(*store_, "eu-west-1", "auth.example").value().value();
  EXPECT_TRUE(read.custom);
  EXPECT_EQ(read.custom_config, (json::object{{"CertificateArn", "a"}}));
  EXPECT_EQ(read.routing, (json::object{{"Failover", json::object()}}));
}

// Then it was unique in the whole server, whatever the region.
TEST_F(StoredRecords, AnEarlierVersionsPrefixCountsInItsPoolsRegionAndMovesWhenItIsWritten) {
  Pool pool = *pool_;
  pool.description["Domain"] = "auth";
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) { return PutPool(tx, pool); })));
  const std::string bytes = R"({"Name":"auth","PoolId":")" + pool.id +
                            R"(","Custom":false,"ManagedLoginVersion":1,"Created":5,)"
                            R"("CustomDomainConfig":{},"Routing":{}})";
  Store("domain/auth", bytes);
  EXPECT_EQ(GetPoolDomain(*store_, "eu-west-1", "auth").value()->pool_id, pool.id);
  EXPECT_FALSE(GetPoolDomain(*store_, "us-east-1", "auth").value());
  settings_.public_url = "http://login.example";
  EXPECT_EQ(FindPoolOfHost(*store_, settings_, "auth.login.example").value(), pool.id);
  PoolDomain domain;
  domain.name = "auth";
  domain.pool_id = MakePool()->id;
  EXPECT_FALSE(Commit([&](store::Tx& tx) { return CreatePoolDomain(tx, domain); }).ok());
  domain.pool_id = pool.id;
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const PoolDomain updated, UpdatePoolDomain(tx, domain));
    EXPECT_EQ(updated.created_millis, 5);
    return {};
  })));
  EXPECT_EQ(Stored("domain-prefix/eu-west-1/auth"), bytes);
  EXPECT_FALSE(store_->Get("domain/auth").value());
  Store("domain/auth", bytes);
  ASSERT_TRUE(
      Succeeded(Commit([&](store::Tx& tx) { return DeletePoolDomain(tx, pool.id, "auth"); })));
  EXPECT_FALSE(GetPoolDomain(*store_, "eu-west-1", "auth").value());
}

TEST_F(StoredRecords, AnImportJobIsReadAndWrittenAsItLies) {
  const std::string key = UserImportKey("import-1");
  const auto rewrite = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const UserImportJob job, GetUserImportJob(tx, "import-1"));
    return PutUserImportJob(tx, job);
  };
  const std::string begin =
      R"({"Id":"import-1","PoolId":"p","Name":"n","RoleArn":"r","HashingAlgorithm":"h",)"
      R"("Status":"Stopped","Created":1,)";
  const std::string end =
      R"("Started":3,"Completed":4,"Imported":5,"Skipped":6,"Failed":7,"CompletionMessage":"m",)"
      R"("File":"f","Rows":8})";
  EXPECT_EQ(Rewritten(key, begin + R"("Since":2,)" + end, rewrite), begin + R"("Since":2,)" + end);
  EXPECT_EQ(Rewritten(key, begin + end, rewrite), begin + R"("Since":1,)" + end)
      << "an earlier version's";
}

// ---- Keys

TEST_F(StoredRecords, AKidIsReadAndWrittenAsItLies) {
  const std::string bytes = R"({"Issuer":"i","Withdrawn":true})";
  const auto rewrite = [](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const auto kid, GetKid(tx, "k"));
    return PutKid(tx, "k", *kid);
  };
  EXPECT_EQ(Rewritten(KidKey("k"), bytes, rewrite), bytes);
}

TEST_F(StoredRecords, ASigningKeyHasTheMembersItHad) {
  const json::object record{{"PoolId", "p"}, {"Issuer", "i"}, {"Kid", "k"},
                            {"Created", 1},  {"Jwk", "{}"},   {"Sealed", "x"}};
  EXPECT_EQ(json::serialize(kTokenKeyRecord.Write(kTokenKeyRecord.Read(record))),
            json::serialize(record));
}

TEST_F(StoredRecords, ASigningKeyThatIsRotatedSaysWhereItIs) {
  const json::object record{{"PoolId", "p"},   {"Issuer", "i"},   {"Kid", "k"},
                            {"Created", 1},    {"Jwk", "{}"},     {"Sealed", "x"},
                            {"Stage", "NEXT"}, {"StageBegan", 2}, {"StageBeganWatched", 3},
                            {"LastIssue", 4}};
  const TokenKeyRecord key = kTokenKeyRecord.Read(record);
  EXPECT_EQ(key.stage, KeyStage::kNext);
  EXPECT_EQ(json::serialize(kTokenKeyRecord.Write(key)), json::serialize(record));
}

TEST_F(StoredRecords, AnAgentsKeyHasTheMembersItHad) {
  const std::string key_id = EnrolAgent(*services_, "gate").value().key_id;
  const std::string added = std::to_string(clock_.WallMillis());
  const std::string enrolled = R"({"KeyId":")" + key_id + R"(","Added":)" + added;
  EXPECT_EQ(Stored("agent/gate"), enrolled + "}");
  clock_.AdvanceMillis(1000);
  ASSERT_TRUE(WithdrawAgent(*services_, "gate").ok());
  const std::string withdrawn = std::to_string(clock_.WallMillis());
  EXPECT_EQ(Stored("agent/gate"), enrolled + R"(,"Withdrawn":)" + withdrawn + "}");
  EXPECT_FALSE(IsEnrolled(*store_, "gate", key_id).value());
}

}  // namespace
}  // namespace sallyport::domain
