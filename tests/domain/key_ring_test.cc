#include "domain/keys/key_ring.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/encoding.h"
#include "domain/credentials/challenge.h"
#include "domain/credentials/code.h"
#include "domain/keys/recover.h"
#include "domain/tokens/caller.h"
#include "domain/tokens/revoke.h"
#include "fixture.h"

namespace sallyport::domain {
namespace {

namespace json = boost::json;
using revocation::Kind;

class KeyRingTest : public DomainTest {};

TEST_F(KeyRingTest, AKeyIsPublishedWithItsPoolAndServedAsAJwkSet) {
  const auto key = keys_->Current(pool_->id).value();
  EXPECT_EQ(key->kid.size(), 44U);
  EXPECT_TRUE(key->kid.ends_with('='));
  EXPECT_EQ(keys_->Find(key->kid).value(), key);
  EXPECT_EQ(keys_->Find("unknown").value(), nullptr);
  const auto log = LogAfter(0);
  ASSERT_EQ(log.size(), 1U);
  EXPECT_EQ(log[0].kind, Kind::kKeyPublished);
  EXPECT_EQ(log[0].subject, IssuerOf(settings_, pool_->id) + " " + key->kid);
  EXPECT_EQ(log[0].detail, key->jwk);
  EXPECT_EQ(log[0].keep_until, revocation::kNever);
  const json::object set = json::parse(keys_->Jwks(pool_->id).value()).as_object();
  ASSERT_EQ(set.at("keys").as_array().size(), 1U);
  EXPECT_EQ(set.at("keys").as_array()[0].at("kid").as_string(), key->kid);
}

TEST_F(KeyRingTest, ARemovedKeyIsWithdrawnAndGone) {
  const auto key = keys_->Current(pool_->id).value();
  const uint64_t before = Head();
  ASSERT_TRUE(Succeeded(Commit([&](store::LogTx& tx) { return RemoveTokenKeys(tx, pool_->id); })));
  const auto log = LogAfter(before);
  ASSERT_EQ(log.size(), 1U);
  EXPECT_EQ(log[0].kind, Kind::kKeyWithdrawn);
  EXPECT_EQ(log[0].subject, IssuerOf(settings_, pool_->id) + " " + key->kid);
  EXPECT_FALSE(keys_->Current(pool_->id).ok());
  EXPECT_EQ(keys_->Find(key->kid).value(), nullptr);
  EXPECT_FALSE(keys_->Jwks(pool_->id).ok());
}

TEST_F(KeyRingTest, NoKidIsPublishedTwiceWithdrawnOrNotUnderAnyIssuer) {
  const auto key = keys_->Current(pool_->id).value();
  const auto publish = [&](const std::string& issuer) {
    return Commit([&](store::LogTx& tx) { return PublishKey(tx, issuer, key->kid, key->jwk); });
  };
  const uint64_t before = Head();
  EXPECT_FALSE(publish(key->issuer)) << "live";
  EXPECT_FALSE(publish("https://another"));
  EXPECT_EQ(Head(), before);
  ASSERT_TRUE(Succeeded(Commit([&](store::LogTx& tx) { return RemoveTokenKeys(tx, pool_->id); })));
  const uint64_t withdrawn = Head();
  EXPECT_FALSE(publish(key->issuer));
  EXPECT_FALSE(publish("https://another"));
  EXPECT_FALSE(Commit([&](store::LogTx& tx) { return AddTokenKey(tx, vault_, *key); }));
  EXPECT_EQ(Head(), withdrawn);
  EXPECT_EQ(keys_->Find(key->kid).value(), nullptr);
}

TEST_F(KeyRingTest, TheRecordOpensUnderItsVaultAndItsKidOnly) {
  const auto key = keys_->Current(pool_->id).value();
  const std::string bytes = store_->Get(TokenKeyKey(key->kid)).value().value();
  const std::string pkcs8 = base::Base64Encode(base::AsBytes(key->signing.ToPkcs8().Reveal()));
  EXPECT_EQ(bytes.find(pkcs8.substr(40, 40)), std::string::npos);
  const Vault other{std::array<uint8_t, 32>{1}};
  // On a thread of its own, because this one still has the parsed key.
  std::thread([&] { EXPECT_FALSE(KeyRing(*store_, other).Find(key->kid).ok()); }).join();
  json::object record = json::parse(bytes).as_object();
  record["Kid"] = "another";
  ASSERT_TRUE(Succeeded(Commit(
      [&](store::Tx& tx) { return tx.Put(TokenKeyKey("another"), json::serialize(record), {}); })));
  EXPECT_FALSE(keys_->Find("another").ok()) << "a key that was moved to another kid";
}

TEST_F(KeyRingTest, NothingIsIssuedUnderAnIssuerThatTheKeyIsNotPublishedUnder) {
  const User user = MakeUser(*pool_, "alice");
  const std::string refresh = SignInAs(user).value().refresh_token;
  EXPECT_EQ(keys_->Trouble(), std::nullopt);
  settings_.public_url = "https://another";
  EXPECT_FALSE(SignInAs(Reread(user)).ok());
  const auto trouble = keys_->Trouble();
  ASSERT_TRUE(trouble.has_value());
  EXPECT_NE(trouble->find(pool_->id), std::string::npos);
  EXPECT_NE(trouble->find("https://another/" + pool_->id), std::string::npos);
  const auto checked = CheckRefreshToken(*services_, client_, refresh);
  ASSERT_TRUE(checked.ok());
  EXPECT_FALSE(CompleteRefresh(*services_, *checked).ok());
}

TEST_F(KeyRingTest, RecoverLeavesNoOldKeyNoFamilyAndANewHistory) {
  const User user = MakeUser(*pool_, "alice");
  const IssuedTokens tokens = SignInAs(user).value();
  const auto old_key = keys_->Current(pool_->id).value();
  const auto old_log = store_->log_id();
  ASSERT_TRUE(Succeeded(store_->MarkRestored("for the test")));
  const uint64_t before = Head();
  ASSERT_TRUE(Succeeded(Recover(*services_, IssuersOf::kSettings)));
  EXPECT_NE(keys_->Current(pool_->id).value()->kid, old_key->kid);
  EXPECT_EQ(keys_->Find(old_key->kid).value(), nullptr);
  EXPECT_NE(store_->log_id(), old_log);
  EXPECT_FALSE(store_->is_restored());
  EXPECT_TRUE(FailedWith(StatusOf(CheckRefreshToken(*services_, client_, tokens.refresh_token)),
                         "NotAuthorizedException", "Refresh Token has been revoked"));
  EXPECT_FALSE(CheckAccessToken(*services_, tokens.access_token).ok());
  std::vector<Kind> kinds;
  for (const auto& entry : LogAfter(before)) kinds.push_back(entry.kind);
  EXPECT_EQ(kinds, (std::vector<Kind>{Kind::kKeyWithdrawn, Kind::kKeyPublished, Kind::kFamily}));
  EXPECT_TRUE(SignInAs(Reread(user)).ok());
}

// A code that was used after the backup is valid again in the restored store.
TEST_F(KeyRingTest, OneTimeValuesOfARestoredStoreServeNobody) {
  const User user = MakeUser(*pool_, "alice");
  const CodeSlot slot{pool_->id, user.sub, CodePurpose::kForgotPassword};
  const CodeSlot other{pool_->id, user.sub, CodePurpose::kSignUp};
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) -> base::Status {
    SALLYPORT_TRY(PutCode(tx, *services_, slot, "123456", {}, CodeAsker::kAnybody));
    SALLYPORT_TRY(PutCode(tx, *services_, other, "123456", {}, CodeAsker::kCredentials));
    ChallengeRecord challenge;
    challenge.name = "X";
    challenge.expires_millis = challenge.ends_millis = clock_.WallMillis() + 60'000;
    return PutChallenge(tx, "session", challenge);
  })));
  const auto guess = [&](const CodeSlot& of) {
    std::string code;
    const base::Status judged = Commit([&](store::Tx& tx) -> base::Status {
      SALLYPORT_ASSIGN(const CodeVerdict verdict,
                       JudgeCode(tx, *services_, of, "123456", CodeUse::kKeep));
      code = verdict.refusal ? verdict.refusal->code : "";
      return {};
    });
    return judged ? code : judged.error().code;
  };
  EXPECT_EQ(guess(slot), "");
  issuing_stopped_ = true;
  EXPECT_EQ(guess(slot), "InternalErrorException");
  ASSERT_TRUE(Succeeded(Recover(*services_, IssuersOf::kSettings)));
  issuing_stopped_ = false;
  EXPECT_EQ(guess(slot), "ExpiredCodeException");
  EXPECT_EQ(guess(other), "ExpiredCodeException");
  EXPECT_FALSE(GetChallenge(*store_, *services_, "session", "X", "").ok());
}

}  // namespace
}  // namespace sallyport::domain
