// Families, challenges and sessions as they are in existing stores.
#include <boost/json.hpp>
#include <optional>
#include <string>

#include "base/encoding.h"
#include "domain/credentials/challenge.h"
#include "domain/credentials/code.h"
#include "domain/credentials/code_record.h"
#include "domain/credentials/password.h"
#include "domain/credentials/srp_session.h"
#include "domain/tokens/family.h"
#include "domain/tokens/revoke.h"
#include "stored_records_fixture.h"

namespace sallyport::domain {
namespace {

namespace json = boost::json;

// ---- Families

class StoredFamilies : public StoredRecords {
 protected:
  TokenFamily Family() { return GetFamily(*store_, "f").value().value(); }
  std::string FamilyRewritten(std::string_view bytes) {
    return Rewritten(FamilyKey("f"), bytes, [](store::Tx& tx) -> base::Status {
      SALLYPORT_ASSIGN(const auto family, GetFamily(tx, "f"));
      return PutFamily(tx, *family);
    });
  }
};

TEST_F(StoredFamilies, AreReadAndWrittenAsTheyLie) {
  const std::string bytes =
      R"({"Id":"f","OriginJti":true,"EventId":"e","PoolId":"p","Sub":"s","ClientId":"c",)"
      R"("AuthTime":1,"Created":2,"LastUsed":3,"RefreshExpires":4,"RefreshHash":"h",)"
      R"("Generation":5,"Born":6,"Revoked":false,"Amr":[["pwd",7],["custom",8]],"Rotation":2,)"
      R"("Rotated":[9,10],"Device":"d","Ip":"i"})";
  EXPECT_EQ(FamilyRewritten(bytes), bytes);
  const TokenFamily family = Family();
  EXPECT_EQ(family.id, "f");
  EXPECT_TRUE(family.carries_origin_jti);
  EXPECT_EQ(family.event_id, "e");
  EXPECT_EQ(family.pool_id, "p");
  EXPECT_EQ(family.sub, "s");
  EXPECT_EQ(family.client_id, "c");
  EXPECT_EQ(family.auth_time, 1);
  EXPECT_EQ(family.created_millis, 2);
  EXPECT_EQ(family.last_used_millis, 3);
  EXPECT_EQ(family.refresh_expires, 4);
  EXPECT_EQ(family.refresh_hash, "h");
  EXPECT_EQ(family.generation, 5u);
  EXPECT_EQ(family.born, 6u);
  EXPECT_FALSE(family.revoked);
  EXPECT_EQ(family.factors, (std::vector<ProvedFactor>{{"pwd", 7}, {"custom", 8}}));
  EXPECT_EQ(family.rotation, 2u);
  EXPECT_EQ(family.rotated_millis, (std::vector<int64_t>{9, 10}));
  EXPECT_EQ(family.device.type, "d");
  EXPECT_EQ(family.device.ip, "i");
}

TEST_F(StoredFamilies, OfEarlierVersionsKeepWhatIsNotKnownOfThem) {
  const std::string begin =
      R"({"Id":"f","OriginJti":false,"EventId":"f","PoolId":"p","Sub":"s","ClientId":"c",)"
      R"("AuthTime":1,"Created":2,"LastUsed":3,"RefreshExpires":4,"RefreshHash":"h",)"
      R"("Generation":5,"Born":6,"Revoked":true)";
  EXPECT_EQ(FamilyRewritten(begin + "}"), begin + "}");
  EXPECT_FALSE(Family().factors.has_value());
  EXPECT_EQ(Family().rotation, 0u);
  // A record that says that nothing was proved is something else, and is written.
  EXPECT_EQ(FamilyRewritten(begin + R"(,"Amr":[]})"), begin + R"(,"Amr":[]})");
  EXPECT_TRUE(Family().factors.has_value());
  // An earlier version recorded how strong the proof was; that now follows from the factors.
  EXPECT_EQ(FamilyRewritten(begin + R"(,"Amr":[["pwd",7]],"Acr":"aal1"})"),
            begin + R"(,"Amr":[["pwd",7]]})");
  EXPECT_EQ(FamilyRewritten(begin + R"(,"Amr":[["pwd"],"pwd",["pwd","7"],["pwd",7]]})"),
            begin + R"(,"Amr":[["pwd",7]]})")
      << "what is no factor";
}

TEST_F(StoredFamilies, AreNotAliveWithoutTheMemberThatSaysSo) {
  Store(FamilyKey("f"), "{}");
  EXPECT_TRUE(Family().revoked);
}

// ---- Sessions

constexpr int64_t kFarMillis = 4'102'444'800'000;

class StoredChallenges : public StoredRecords {
 protected:
  std::string KeyOf(const ChallengeRecord& challenge) {
    EXPECT_TRUE(Succeeded(
        Commit([&](store::Tx& tx) { return PutChallenge(tx, "the session", challenge); })));
    return Only(kChallengesByExpiry).key;
  }
  base::Result<ChallengeRecord> Read() {
    return GetChallenge(*store_, *services_, "the session", "CUSTOM_CHALLENGE", "c");
  }
};

TEST_F(StoredChallenges, AreReadAndWrittenAsTheyLie) {
  const std::string key = KeyOf({.name = "CUSTOM_CHALLENGE",
                                 .pool_id = "p",
                                 .client_id = "c",
                                 .sub = "s",
                                 .password_version = 7,
                                 .expires_millis = kFarMillis,
                                 .ends_millis = kFarMillis + 1,
                                 .factors = std::vector<ProvedFactor>{{"pwd", 5}},
                                 .token_source = "TokenGeneration_NewPasswordChallenge",
                                 .sealed = "x"});
  EXPECT_EQ(Stored(key),
            R"({"Name":"CUSTOM_CHALLENGE","PoolId":"p","ClientId":"c","Sub":"s",)"
            R"("PasswordVersion":7,"Expires":4102444800000,"Ends":4102444800001,"Used":false,)"
            R"("Factors":[["pwd",5]],"TokenSource":"TokenGeneration_NewPasswordChallenge",)"
            R"("Sealed":"x"})");
  const ChallengeRecord read = Read().value();
  EXPECT_EQ(read.pool_id, "p");
  EXPECT_EQ(read.sub, "s");
  EXPECT_EQ(read.password_version, 7u);
  EXPECT_EQ(read.expires_millis, kFarMillis);
  EXPECT_EQ(read.ends_millis, kFarMillis + 1);
  EXPECT_EQ(read.factors, (std::vector<ProvedFactor>{{"pwd", 5}}));
  EXPECT_EQ(read.token_source, "TokenGeneration_NewPasswordChallenge");
  EXPECT_EQ(read.sealed, "x");
  EXPECT_FALSE(read.by_anybody);
}

TEST_F(StoredChallenges, OfEarlierVersionsAreOnesOfWhichLessIsKnown) {
  const std::string key =
      KeyOf({.name = "CUSTOM_CHALLENGE", .pool_id = "p", .client_id = "c", .sub = "s"});
  Store(key, R"({"Name":"CUSTOM_CHALLENGE","PoolId":"p","ClientId":"c","Sub":"s",)"
             R"("PasswordVersion":7,"Expires":4102444800000,"Used":false,"ByAnybody":true})");
  const ChallengeRecord read = Read().value();
  EXPECT_EQ(read.ends_millis, kFarMillis);
  EXPECT_FALSE(read.factors.has_value());
  EXPECT_EQ(read.token_source, "");
  EXPECT_TRUE(read.by_anybody);
  Store(key, R"({"Name":"CUSTOM_CHALLENGE","ClientId":"c","Expires":4102444800000})");
  EXPECT_TRUE(FailedWith(StatusOf(Read()), "NotAuthorizedException",
                         "Invalid session for the user, session can only be used once."))
      << "none of ours";
}

TEST_F(StoredRecords, ACarriedSessionHasItsMembersAndOneOfAnEarlierVersionEndsWhenItExpires) {
  const std::string context = "srp session " + base::HexEncode(store_->log_id());
  const auto bytes_of = [&](const std::string& block) {
    const auto sealed = base::Base64Decode(block).value();
    return vault_.Open(context, std::string(sealed.begin(), sealed.end())).value();
  };
  const std::string begin =
      R"({"Run":"r","Number":"000000000000000a","ClientId":"c","UserId":"u","Sub":"s",)"
      R"("PasswordVersion":"000000000000000b","Key":"a2V5","Expires":5)";
  const std::string end = R"(,"Ends":6,"Flow":"f"})";
  const auto open = [&](const std::string& bytes) {
    return OpenSrpSession(vault_, store_->log_id(),
                          base::Base64Encode(base::AsBytes(vault_.Seal(context, bytes))))
        .value();
  };
  const SrpSession session = open(begin + end);
  EXPECT_EQ(session.number.run, "r");
  EXPECT_EQ(session.number.number, 10u);
  EXPECT_EQ(session.client_id, "c");
  EXPECT_EQ(session.user_id, "u");
  EXPECT_EQ(session.sub, "s");
  EXPECT_EQ(session.password_version, 11u);
  EXPECT_EQ(session.key, "key");
  EXPECT_EQ(session.expires_millis, 5);
  EXPECT_EQ(session.ends_millis, 6);
  EXPECT_EQ(session.flow, "f");
  EXPECT_EQ(bytes_of(SealSrpSession(vault_, store_->log_id(), session)), begin + end);
  SrpSession earlier = open(begin + "}");
  EXPECT_EQ(earlier.ends_millis, 5);
  EXPECT_EQ(earlier.flow, "");
  EXPECT_EQ(bytes_of(SealSrpSession(vault_, store_->log_id(), earlier)), begin + R"(,"Ends":5})");
}
}  // namespace
}  // namespace sallyport::domain
