#include "domain/keys/key_start.h"

#include <gtest/gtest.h>

#include "domain/errors.h"
#include "domain/keys/recover.h"
#include "domain/tokens/revoke.h"
#include "fixture.h"

namespace sallyport::domain {
namespace {

using revocation::Kind;

class KeyStart : public DomainTest {
 protected:
  KeyStart() { EXPECT_TRUE(Succeeded(NoteKids(*services_))); }

  std::string Issuer() const { return IssuerOf(settings_, pool_->id); }
  std::string Kid() { return keys_->Current(pool_->id).value()->kid; }
  std::string PublishedIssuer() { return GetPool(*services_, pool_->id).value()->published_issuer; }
  base::Status Append(Kind kind, const std::string& issuer, const std::string& kid) {
    return Commit([&](store::LogTx& tx) {
      return tx.Append({kind, issuer + " " + kid, "{}", revocation::kNever});
    });
  }
  // All that the store of an earlier version knows about kids is its log.
  void ForgetKids() {
    ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) -> base::Status {
      SALLYPORT_TRY(tx.Delete(KidKey(Kid())));
      return tx.Delete("meta/kids-noted");
    })));
  }
};

TEST_F(KeyStart, TheSameIssuerChangesNothing) {
  const uint64_t before = Head();
  const std::string kid = Kid();
  EXPECT_TRUE(Succeeded(CheckIssuers(*services_)));
  EXPECT_TRUE(Succeeded(MendKeys(*services_)));
  EXPECT_TRUE(Succeeded(CheckKeys(*services_)));
  EXPECT_EQ(Head(), before);
  EXPECT_EQ(Kid(), kid);
  EXPECT_EQ(keys_->Trouble(), std::nullopt);
}

TEST_F(KeyStart, AnotherIssuerIsRefusedInWordsAndNothingIsWritten) {
  MakePool();
  const std::string old_issuer = Issuer();
  settings_.public_url = "https://login.example.org";
  const uint64_t commits = store_->Commits();
  const base::Status checked = CheckIssuers(*services_);
  EXPECT_EQ(store_->Commits(), commits);
  ASSERT_FALSE(checked);
  EXPECT_TRUE(error::kOtherIssuer.Is(checked.error()));
  const std::string& words = checked.error().message;
  for (const std::string& named :
       {std::string("2 user pools"), std::string("http://127.0.0.1:9229/eu-west-1_"),
        std::string("https://login.example.org/eu-west-1_"),
        std::string("--public-url http://127.0.0.1:9229,"), std::string("--new-issuer")}) {
    EXPECT_NE(words.find(named), std::string::npos) << named << ": " << words;
  }
}

TEST_F(KeyStart, AnotherIssuerStyleIsAnotherIssuer) {
  settings_.issuer_style = IssuerStyle::kAws;
  EXPECT_FALSE(CheckIssuers(*services_));
  ASSERT_TRUE(Succeeded(MendKeys(*services_)));
  EXPECT_EQ(PublishedIssuer(), "https://cognito-idp.eu-west-1.amazonaws.com/" + pool_->id);
  settings_.issuer_style = IssuerStyle::kLocal;
  const base::Status checked = CheckIssuers(*services_);
  ASSERT_FALSE(checked);
  EXPECT_NE(checked.error().message.find("go back with --issuer-style aws,"), std::string::npos);
}

TEST_F(KeyStart, AnotherRegionSettingIsNoOtherIssuer) {
  settings_.issuer_style = IssuerStyle::kAws;
  ASSERT_TRUE(Succeeded(MendKeys(*services_)));
  settings_.region = "ap-south-1";
  EXPECT_TRUE(Succeeded(CheckIssuers(*services_)));
}

TEST_F(KeyStart, AWantedIssuerGetsANewKeyAndTheOldOneStaysWithdrawnThereAndBack) {
  const std::string first_issuer = Issuer();
  const std::string first = Kid();
  settings_.public_url = "https://login.example.org";
  uint64_t before = Head();
  ASSERT_TRUE(Succeeded(MendKeys(*services_)));
  auto log = LogAfter(before);
  ASSERT_EQ(log.size(), 2U);
  EXPECT_EQ(log[0].kind, Kind::kKeyWithdrawn);
  EXPECT_EQ(log[0].subject, first_issuer + " " + first);
  EXPECT_EQ(log[1].kind, Kind::kKeyPublished);
  const std::string second = Kid();
  EXPECT_NE(second, first);
  EXPECT_EQ(log[1].subject, Issuer() + " " + second);
  EXPECT_EQ(PublishedIssuer(), Issuer());
  EXPECT_TRUE(Succeeded(CheckIssuers(*services_)));
  before = Head();
  ASSERT_TRUE(Succeeded(MendKeys(*services_)));
  EXPECT_EQ(Head(), before) << "once";
  // And back: a third key.
  settings_.public_url = "http://127.0.0.1:9229";
  ASSERT_TRUE(Succeeded(MendKeys(*services_)));
  log = LogAfter(before);
  ASSERT_EQ(log.size(), 2U);
  EXPECT_EQ(log[1].subject, first_issuer + " " + Kid());
  EXPECT_NE(Kid(), first);
  EXPECT_NE(Kid(), second);
  EXPECT_TRUE(GetKid(*store_, first).value()->withdrawn);
  EXPECT_TRUE(GetKid(*store_, second).value()->withdrawn);
  EXPECT_TRUE(SignInAs(MakeUser(*pool_, "alice")).ok());
}

// Earlier versions moved a key to another issuer, and back.
TEST_F(KeyStart, AKeyThatWasMovedThereAndBackIsDeadAndIsReplaced) {
  const std::string kid = Kid();
  ASSERT_TRUE(Succeeded(Append(Kind::kKeyWithdrawn, Issuer(), kid)));
  ASSERT_TRUE(Succeeded(Append(Kind::kKeyPublished, "https://other", kid)));
  ASSERT_TRUE(Succeeded(Append(Kind::kKeyWithdrawn, "https://other", kid)));
  ASSERT_TRUE(Succeeded(Append(Kind::kKeyPublished, Issuer(), kid)));
  ForgetKids();
  ASSERT_TRUE(Succeeded(NoteKids(*services_)));
  EXPECT_TRUE(Succeeded(CheckIssuers(*services_)));
  ASSERT_TRUE(Succeeded(MendKeys(*services_)));
  EXPECT_NE(Kid(), kid);
  const auto made = GetKid(*store_, Kid()).value();
  ASSERT_TRUE(made.has_value());
  EXPECT_EQ(made->issuer, Issuer());
  EXPECT_FALSE(made->withdrawn);
  ASSERT_TRUE(Succeeded(CheckKeys(*services_)));
  EXPECT_EQ(keys_->Trouble(), std::nullopt);
}

TEST_F(KeyStart, AKeyThatWasMovedOnceIsLiveWhereItIs) {
  const std::string kid = Kid();
  ASSERT_TRUE(Succeeded(Append(Kind::kKeyWithdrawn, "https://before", kid)));
  ASSERT_TRUE(Succeeded(Append(Kind::kKeyPublished, Issuer(), kid)));
  ForgetKids();
  ASSERT_TRUE(Succeeded(NoteKids(*services_)));
  ASSERT_TRUE(Succeeded(MendKeys(*services_)));
  EXPECT_EQ(Kid(), kid);
  EXPECT_FALSE(
      Commit([&](store::LogTx& tx) { return PublishKey(tx, "https://before", kid, "{}"); }));
}

TEST_F(KeyStart, KidsOfDeletedPoolsAreNotedToo) {
  ASSERT_TRUE(Succeeded(Append(Kind::kKeyPublished, "https://gone", "old")));
  ASSERT_TRUE(Succeeded(Append(Kind::kKeyWithdrawn, "https://gone", "old")));
  ForgetKids();
  ASSERT_TRUE(Succeeded(NoteKids(*services_)));
  EXPECT_TRUE(GetKid(*store_, "old").value()->withdrawn);
  EXPECT_FALSE(Commit([&](store::LogTx& tx) { return PublishKey(tx, Issuer(), "old", "{}"); }));
}

TEST_F(KeyStart, APoolWithoutALiveKeyIssuesNothingAndSaysWhy) {
  const User user = MakeUser(*pool_, "alice");
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) {
    return PutKid(tx, Kid(), {Issuer(), true});
  })));
  ASSERT_TRUE(Succeeded(CheckKeys(*services_)));
  EXPECT_FALSE(SignInAs(user).ok());
  ASSERT_TRUE(keys_->Trouble().has_value());
  EXPECT_NE(keys_->Trouble()->find("it was withdrawn under " + Issuer()), std::string::npos);
}

TEST_F(KeyStart, RecoverKeepsAnIssuerOfWhichNothingIsSaid) {
  const std::string issuer = Issuer();
  const std::string kid = Kid();
  settings_.public_url = "https://login.example.org";
  ASSERT_TRUE(Succeeded(Recover(*services_, IssuersOf::kStore)));
  EXPECT_NE(Kid(), kid);
  EXPECT_EQ(keys_->Current(pool_->id).value()->issuer, issuer);
  EXPECT_EQ(PublishedIssuer(), issuer);
}

}  // namespace
}  // namespace sallyport::domain
