#include "domain/tokens/issue.h"

#include <gtest/gtest.h>

#include "domain/tokens/caller.h"
#include "domain/tokens/revoke.h"
#include "domain/users/user_removal.h"
#include "fixture.h"
#include "jose/token.h"

namespace sallyport::domain {
namespace {

namespace json = boost::json;

std::vector<std::string> NamesOf(const json::object& object) {
  std::vector<std::string> names;
  for (const auto& member : object) names.emplace_back(member.key());
  return names;
}

class IssueTest : public DomainTest {
 protected:
  User Alice() {
    const User user = MakeUser(*pool_, "alice");
    EXPECT_TRUE(Succeeded(Change(user, [](User& changed) {
      changed.attributes = {{"email", "a@example.org"},
                            {"email_verified", "true"},
                            {"custom:level", "7"},
                            {"address", "Main Street"}};
    })));
    return Reread(user);
  }
  base::Status Change(const User& user, const std::function<void(User&)>& change) {
    return Commit([&](store::Tx& tx) -> base::Status {
      SALLYPORT_ASSIGN(auto present, GetUser(tx, user.pool_id, user.sub));
      change(*present);
      return UpdateUser(tx, *pool_, *present);
    });
  }
};

TEST_F(IssueTest, TokensSayWhatCognitosSay) {
  const User user = Alice();
  const IssuedTokens tokens = SignInAs(user).value();
  EXPECT_EQ(tokens.expires_in, 3600);
  const json::object access = ClaimsOf(tokens.access_token);
  EXPECT_EQ(NamesOf(access), (std::vector<std::string>{
                                 "sub", "iss", "client_id", "origin_jti", "event_id", "token_use",
                                 "scope", "auth_time", "exp", "iat", "jti", "username"}));
  EXPECT_EQ(access.at("sub").as_string(), user.sub);
  EXPECT_EQ(access.at("iss").as_string(), IssuerOf(settings_, pool_->id));
  EXPECT_EQ(access.at("client_id").as_string(), client_->id);
  EXPECT_EQ(access.at("token_use").as_string(), "access");
  EXPECT_EQ(access.at("scope").as_string(), "aws.cognito.signin.user.admin");
  EXPECT_EQ(access.at("iat").as_int64(), Now());
  EXPECT_EQ(access.at("auth_time").as_int64(), Now());
  EXPECT_EQ(access.at("exp").as_int64(), Now() + 3600);
  EXPECT_EQ(access.at("username").as_string(), "alice");

  const json::object id = ClaimsOf(tokens.id_token);
  EXPECT_EQ(id.at("aud").as_string(), client_->id);
  EXPECT_FALSE(id.contains("client_id"));
  EXPECT_EQ(id.at("token_use").as_string(), "id");
  EXPECT_EQ(id.at("cognito:username").as_string(), "alice");
  EXPECT_TRUE(id.at("email_verified").as_bool());
  EXPECT_EQ(id.at("custom:level").as_string(), "7");
  EXPECT_EQ(id.at("address").as_object().at("formatted").as_string(), "Main Street");
  EXPECT_EQ(id.at("origin_jti"), access.at("origin_jti"));
  EXPECT_EQ(id.at("event_id"), access.at("event_id"));
  EXPECT_NE(id.at("jti"), access.at("jti"));
}

TEST_F(IssueTest, ARefreshKeepsTheFamilyAndRenewsTheRest) {
  const User user = Alice();
  const IssuedTokens first = SignInAs(user).value();
  clock_.AdvanceMillis(60'000);
  const auto refresh = CheckRefreshToken(*services_, client_, first.refresh_token);
  ASSERT_TRUE(refresh.ok());
  const IssuedTokens second = CompleteRefresh(*services_, *refresh).value().tokens;
  EXPECT_TRUE(second.refresh_token.empty());
  const json::object before = ClaimsOf(first.access_token);
  const json::object after = ClaimsOf(second.access_token);
  for (const char* name : {"origin_jti", "event_id", "auth_time", "sub"}) {
    EXPECT_EQ(before.at(name), after.at(name)) << name;
  }
  EXPECT_NE(before.at("jti"), after.at("jti"));
  EXPECT_EQ(after.at("iat").as_int64(), Now());
}

TEST_F(IssueTest, LifetimesAndReadableAttributesAreTheClients) {
  client_ = MakeClient(
      *pool_, {{"AccessTokenValidity", 10},
               {"IdTokenValidity", 20},
               {"TokenValidityUnits", {{"AccessToken", "minutes"}, {"IdToken", "minutes"}}},
               {"ReadAttributes", {"email"}}});
  const IssuedTokens tokens = SignInAs(Alice()).value();
  EXPECT_EQ(tokens.expires_in, 600);
  EXPECT_EQ(ClaimsOf(tokens.access_token).at("exp").as_int64(), Now() + 600);
  const json::object id = ClaimsOf(tokens.id_token);
  EXPECT_EQ(id.at("exp").as_int64(), Now() + 1200);
  EXPECT_TRUE(id.contains("email"));
  EXPECT_FALSE(id.contains("custom:level"));
}

TEST_F(IssueTest, WithoutTokenRevocationTheEventIdIsWhatIsRevoked) {
  client_ = MakeClient(*pool_, {{"EnableTokenRevocation", false}});
  const User user = Alice();
  const IssuedTokens tokens = SignInAs(user).value();
  const json::object access = ClaimsOf(tokens.access_token);
  EXPECT_FALSE(access.contains("origin_jti"));
  EXPECT_FALSE(ClaimsOf(tokens.id_token).contains("origin_jti"));
  EXPECT_TRUE(CheckAccessToken(*services_, tokens.access_token).ok());
  const uint64_t before = Head();
  ASSERT_TRUE(Succeeded(Commit([&](store::LogTx& tx) {
    User present = Reread(user);
    return RevokeAllFamilies(tx, present, Now());
  })));
  const auto log = LogAfter(before);
  ASSERT_EQ(log.size(), 1U);
  EXPECT_EQ(log[0].kind, revocation::Kind::kEvent);
  EXPECT_EQ(log[0].subject, std::string(access.at("event_id").as_string()));
  EXPECT_TRUE(FailedWith(StatusOf(CheckAccessToken(*services_, tokens.access_token)),
                         "NotAuthorizedException", "Access Token has been revoked"));
}

TEST_F(IssueTest, TheCommitRefusesWhatHasChangedSinceThePasswordWasVerified) {
  const User user = Alice();
  ASSERT_TRUE(Succeeded(Change(user, [](User& changed) { ++changed.password_version; })));
  EXPECT_TRUE(FailedWith(StatusOf(SignInAs(user)), "NotAuthorizedException",
                         "Incorrect username or password."));
  const User again = Reread(user);
  ASSERT_TRUE(Succeeded(Change(user, [](User& changed) { changed.enabled = false; })));
  EXPECT_TRUE(FailedWith(StatusOf(SignInAs(again)), "NotAuthorizedException", "User is disabled."));
  ASSERT_TRUE(Succeeded(Change(user, [](User& changed) { changed.enabled = true; })));
  EXPECT_TRUE(SignInAs(again).ok());
  ASSERT_TRUE(Succeeded(Commit([&](store::Tx& tx) { return tx.Delete(ClientKey(client_->id)); })));
  EXPECT_EQ(SignInAs(again).error().code, "ResourceNotFoundException");
  client_ = MakeClient(*pool_);
  ASSERT_TRUE(
      Succeeded(Commit([&](store::Tx& tx) { return DeleteUser(tx, *pool_, Reread(user)); })));
  EXPECT_TRUE(FailedWith(StatusOf(SignInAs(again)), "NotAuthorizedException",
                         "Incorrect username or password."));
}

TEST_F(IssueTest, NothingIsIssuedWhileIssuingIsStopped) {
  const User user = Alice();
  const IssuedTokens tokens = SignInAs(user).value();
  issuing_stopped_ = true;
  const auto sign_in = SignInAs(user);
  ASSERT_FALSE(sign_in.ok());
  EXPECT_EQ(sign_in.error().code, "InternalErrorException");
  EXPECT_NE(sign_in.error().cause.find("sallyport recover"), std::string::npos);
  EXPECT_FALSE(CheckRefreshToken(*services_, client_, tokens.refresh_token).ok());
  // Nor is a token found to be alive: a restored store has forgotten what was revoked.
  const auto caller = CheckAccessToken(*services_, tokens.access_token);
  ASSERT_FALSE(caller.ok());
  EXPECT_EQ(caller.error().code, "InternalErrorException");
  issuing_stopped_ = false;
  EXPECT_TRUE(CheckAccessToken(*services_, tokens.access_token).ok());
}

TEST_F(IssueTest, RefreshTokensAreRefusedInAwsWords) {
  const User user = Alice();
  const IssuedTokens tokens = SignInAs(user).value();
  const auto refusal = [&](std::string_view token) {
    return StatusOf(CheckRefreshToken(*services_, client_, token));
  };
  EXPECT_TRUE(FailedWith(refusal("garbage"), "NotAuthorizedException", "Invalid Refresh Token"));
  EXPECT_TRUE(
      FailedWith(refusal(tokens.access_token), "NotAuthorizedException", "Invalid Refresh Token"));
  const auto other = MakeClient(*pool_);
  EXPECT_TRUE(FailedWith(StatusOf(CheckRefreshToken(*services_, other, tokens.refresh_token)),
                         "NotAuthorizedException", "Invalid Refresh Token"));
  clock_.AdvanceMillis(client_->settings.refresh_token_seconds * 1000 - 1000);
  EXPECT_TRUE(Succeeded(refusal(tokens.refresh_token)));
  clock_.AdvanceMillis(1000);
  EXPECT_TRUE(FailedWith(refusal(tokens.refresh_token), "NotAuthorizedException",
                         "Refresh Token has expired"));
}

TEST_F(IssueTest, ATokenThatHasEndedWasStillIssuedHereAndAForgedOneWasNot) {
  const User user = Alice();
  const std::string token = SignInAs(user).value().access_token;
  const std::string other = SignInAs(user).value().access_token;
  std::string forged = token;
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  EXPECT_TRUE(WasIssuedHere(*services_, token));
  EXPECT_FALSE(WasIssuedHere(*services_, forged));
  EXPECT_FALSE(WasIssuedHere(*services_,
                             token.substr(0, token.rfind('.')) + other.substr(other.rfind('.'))));
  EXPECT_FALSE(WasIssuedHere(*services_, ""));
  ASSERT_TRUE(Succeeded(Commit([&](store::LogTx& tx) {
    User present = Reread(user);
    return RevokeAllFamilies(tx, present, Now());
  })));
  clock_.AdvanceMillis(2 * 86'400'000);
  EXPECT_FALSE(CheckAccessToken(*services_, token).ok());
  EXPECT_TRUE(WasIssuedHere(*services_, token));
}

TEST_F(IssueTest, AccessTokensAreCheckedInFull) {
  const User user = Alice();
  const IssuedTokens tokens = SignInAs(user).value();
  const auto caller = CheckAccessToken(*services_, tokens.access_token);
  ASSERT_TRUE(caller.ok());
  EXPECT_EQ(caller->user.username, "alice");
  EXPECT_EQ(caller->client->id, client_->id);
  const auto refusal = [&](std::string_view token) {
    return StatusOf(CheckAccessToken(*services_, token));
  };
  const std::string_view invalid = "Invalid Access Token";
  EXPECT_TRUE(FailedWith(refusal("x"), "NotAuthorizedException", invalid));
  EXPECT_TRUE(FailedWith(refusal(tokens.id_token), "NotAuthorizedException", invalid));
  EXPECT_TRUE(FailedWith(refusal(tokens.refresh_token), "NotAuthorizedException", invalid));
  std::string forged = tokens.access_token;
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  EXPECT_TRUE(FailedWith(refusal(forged), "NotAuthorizedException", invalid));

  const auto key = keys_->Current(pool_->id).value();
  const auto signed_with = [&](json::object claims) {
    return key->signing.SignJwt(key->kid, json::serialize(claims)).value();
  };
  json::object claims = ClaimsOf(tokens.access_token);
  json::object changed = claims;
  changed["iss"] = "https://example.org";
  EXPECT_TRUE(FailedWith(refusal(signed_with(changed)), "NotAuthorizedException", invalid));
  changed = claims;
  changed["scope"] = "openid";
  EXPECT_TRUE(FailedWith(refusal(signed_with(changed)), "NotAuthorizedException",
                         "Access Token does not have required scopes"));
  changed = claims;
  changed["origin_jti"] = "unknown";
  EXPECT_TRUE(FailedWith(refusal(signed_with(changed)), "NotAuthorizedException",
                         "Access Token has been revoked"));
  EXPECT_TRUE(Succeeded(refusal(signed_with(claims))));
  clock_.AdvanceMillis(3600 * 1000);
  EXPECT_TRUE(FailedWith(refusal(tokens.access_token), "NotAuthorizedException",
                         "Access Token has expired"));
}

}  // namespace
}  // namespace sallyport::domain
