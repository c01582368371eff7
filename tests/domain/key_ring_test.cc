#include "domain/key_ring.h"

#include <gtest/gtest.h>

#include "domain/caller.h"
#include "domain/recover.h"
#include "domain/revoke.h"
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
  ASSERT_TRUE(
      Succeeded(Commit([&](store::Tx& tx) { return RemoveTokenKeys(tx, pool_->id, "issuer"); })));
  const auto log = LogAfter(before);
  ASSERT_EQ(log.size(), 1U);
  EXPECT_EQ(log[0].kind, Kind::kKeyWithdrawn);
  EXPECT_EQ(log[0].subject, "issuer " + key->kid);
  EXPECT_FALSE(keys_->Current(pool_->id).ok());
  EXPECT_EQ(keys_->Find(key->kid).value(), nullptr);
  EXPECT_FALSE(keys_->Jwks(pool_->id).ok());
}

TEST_F(KeyRingTest, AChangedIssuerIsPublishedAnewOnce) {
  const auto key = keys_->Current(pool_->id).value();
  const std::string old_issuer = IssuerOf(settings_, pool_->id);
  settings_.public_url = "https://login.example.org";
  const uint64_t before = Head();
  ASSERT_TRUE(Succeeded(ReconcileIssuers(*services_)));
  const auto log = LogAfter(before);
  ASSERT_EQ(log.size(), 2U);
  EXPECT_EQ(log[0].kind, Kind::kKeyWithdrawn);
  EXPECT_EQ(log[0].subject, old_issuer + " " + key->kid);
  EXPECT_EQ(log[1].kind, Kind::kKeyPublished);
  EXPECT_EQ(log[1].subject, "https://login.example.org/" + pool_->id + " " + key->kid);
  const uint64_t after = Head();
  ASSERT_TRUE(Succeeded(ReconcileIssuers(*services_)));
  EXPECT_EQ(Head(), after);
}

TEST_F(KeyRingTest, RecoverLeavesNoOldKeyNoFamilyAndANewHistory) {
  const User user = MakeUser(*pool_, "alice");
  const IssuedTokens tokens = SignInAs(user).value();
  const auto old_key = keys_->Current(pool_->id).value();
  const auto old_log = store_->log_id();
  ASSERT_TRUE(Succeeded(store_->MarkRestored("for the test")));
  const uint64_t before = Head();
  ASSERT_TRUE(Succeeded(Recover(*services_)));
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

}  // namespace
}  // namespace sallyport::domain
