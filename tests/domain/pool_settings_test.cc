// Which settings are read from descriptions, and what applies if one is absent.
#include "domain/pools/pool_settings.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "domain/clients/client_settings.h"
#include "domain/pools/pool.h"

namespace sallyport::domain {
namespace {

namespace json = boost::json;

PoolSettings PoolOf(std::string_view description) {
  return ReadPoolSettings(json::parse({description.data(), description.size()}).as_object());
}
ClientSettings ClientOf(std::string_view description) {
  return ReadClientSettings(json::parse({description.data(), description.size()}).as_object());
}

TEST(PoolSettings, AnEmptyDescriptionHasAwssDefaults) {
  const PoolSettings settings = PoolOf("{}");
  EXPECT_EQ(settings.password.minimum_length, 8);
  EXPECT_TRUE(settings.password.lowercase && settings.password.uppercase &&
              settings.password.numbers && settings.password.symbols);
  EXPECT_EQ(settings.mfa, MfaMode::kOff);
  EXPECT_EQ(settings.tier, PoolTier::kEssentials);
  EXPECT_FALSE(settings.deletion_protected);
  EXPECT_TRUE(settings.case_sensitive_names);
  EXPECT_TRUE(settings.username_attributes.none());
  EXPECT_TRUE(settings.recovery.empty());
  EXPECT_TRUE(settings.revoke_on_password_change);
  EXPECT_FALSE(settings.revoke_on_refresh_token_reuse);
  EXPECT_FALSE(settings.refuses_at_session_limit);
  EXPECT_FALSE(settings.hook_functions[0]);
}

TEST(PoolSettings, APolicyDemandsWhatItNamesAndAnEmptyOneAll) {
  EXPECT_TRUE(PoolOf(R"({"Policies":{"PasswordPolicy":{}}})").password.symbols);
  const PoolSettings settings =
      PoolOf(R"({"Policies":{"PasswordPolicy":{"RequireNumbers":true,"MinimumLength":12}}})");
  EXPECT_TRUE(settings.password.numbers);
  EXPECT_FALSE(settings.password.symbols);
  EXPECT_EQ(settings.password.minimum_length, 12);
}

TEST(PoolSettings, RecoveryIsInTheOrderOfPriorityAndAnUnknownWordLeavesItToAdministrators) {
  const PoolSettings settings = PoolOf(R"({"AccountRecoverySetting":{"RecoveryMechanisms":[
               {"Name":"verified_phone_number","Priority":2},{"Name":"verified_email","Priority":1},
               {"Name":"carrier_pigeon","Priority":3}]}})");
  ASSERT_EQ(settings.recovery.size(), 3u);
  EXPECT_EQ(settings.recovery[0].mechanism, RecoveryMechanism::kVerifiedEmail);
  EXPECT_EQ(settings.recovery[1].mechanism, RecoveryMechanism::kVerifiedPhoneNumber);
  EXPECT_EQ(settings.recovery[2].mechanism, RecoveryMechanism::kAdministratorOnly);
}

TEST(PoolSettings, BoundsOfTheSchemaAreTextsAndOnesThatAreNoNumberBoundNothing) {
  const PoolSettings settings =
      PoolOf(R"({"SchemaAttributes":[{"Name":"age","AttributeDataType":"Number","Mutable":false,
               "NumberAttributeConstraints":{"MinValue":"-1","MaxValue":"many"}}]})");
  const SchemaAttribute* age = settings.Attribute("age");
  ASSERT_NE(age, nullptr);
  EXPECT_EQ(age->least_value.value, -1);
  EXPECT_EQ(age->greatest_value.value, std::nullopt);
  EXPECT_FALSE(age->can_change);
  EXPECT_EQ(settings.Attribute("size"), nullptr);
}

TEST(PoolSettings, ListedAttributesAreTheOnesThatAreListed) {
  const PoolSettings settings =
      PoolOf(R"({"AliasAttributes":["email","preferred_username"],"AutoVerifiedAttributes":[]})");
  EXPECT_TRUE(settings.alias_attributes.Has("email"));
  EXPECT_TRUE(settings.alias_attributes.Has("preferred_username"));
  EXPECT_FALSE(settings.alias_attributes.Has("phone_number"));
  EXPECT_FALSE(settings.alias_attributes.Has("name"));
  EXPECT_TRUE(settings.auto_verified.none());
}

TEST(ClientSettings, AnEmptyDescriptionHasAwssDefaults) {
  const ClientSettings settings = ClientOf("{}");
  EXPECT_EQ(settings.access_token_seconds, 3600);
  EXPECT_EQ(settings.id_token_seconds, 3600);
  EXPECT_EQ(settings.refresh_token_seconds, 30 * 86'400);
  EXPECT_EQ(settings.challenge_minutes, 3);
  EXPECT_TRUE(settings.enable_token_revocation);
  EXPECT_FALSE(settings.prevent_user_existence_errors);
  EXPECT_TRUE(settings.Allows(AuthFlow::kUserSrp));
  EXPECT_TRUE(settings.Allows(AuthFlow::kCustom));
  EXPECT_TRUE(settings.Allows(AuthFlow::kRefreshToken));
  EXPECT_FALSE(settings.Allows(AuthFlow::kUserPassword));
  EXPECT_FALSE(settings.Allows(AuthFlow::kAdminUserPassword));
}

TEST(ClientSettings, ValiditiesCountInTheirUnits) {
  const ClientSettings settings =
      ClientOf(R"({"AccessTokenValidity":5,"IdTokenValidity":5,"RefreshTokenValidity":5,
                 "TokenValidityUnits":{"AccessToken":"minutes","RefreshToken":"hours"}})");
  EXPECT_EQ(settings.access_token_seconds, 300);
  EXPECT_EQ(settings.id_token_seconds, 5 * 3600);
  EXPECT_EQ(settings.refresh_token_seconds, 5 * 3600);
}

TEST(ClientSettings, NamesOfOldAllowWhatTheyAlwaysDid) {
  const ClientSettings custom = ClientOf(R"({"ExplicitAuthFlows":["CUSTOM_AUTH_FLOW_ONLY"]})");
  EXPECT_TRUE(custom.Allows(AuthFlow::kCustom));
  EXPECT_FALSE(custom.Allows(AuthFlow::kUserSrp));
  const ClientSettings password = ClientOf(R"({"ExplicitAuthFlows":["USER_PASSWORD_AUTH"]})");
  EXPECT_TRUE(password.Allows(AuthFlow::kUserPassword));
  EXPECT_TRUE(password.Allows(AuthFlow::kUserSrp));
  EXPECT_TRUE(password.Allows(AuthFlow::kRefreshToken));
  EXPECT_FALSE(password.Allows(AuthFlow::kAdminUserPassword));
}

TEST(ClientSettings, AFlowThatIsNotKnownAllowsNoDefault) {
  const ClientSettings settings = ClientOf(R"({"ExplicitAuthFlows":["ALLOW_TELEPATHY"]})");
  EXPECT_FALSE(settings.Allows(AuthFlow::kUserSrp));
  EXPECT_FALSE(settings.Allows(AuthFlow::kRefreshToken));
}

TEST(ClientSettings, GraceOnlyWhereTokensRotateAndGrantsOnlyWhereOAuthIsAllowed) {
  EXPECT_EQ(
      ClientOf(R"({"RefreshTokenRotation":{"Feature":"DISABLED","RetryGracePeriodSeconds":9}})")
          .refresh_grace_seconds,
      0);
  EXPECT_EQ(
      ClientOf(R"({"RefreshTokenRotation":{"Feature":"ENABLED","RetryGracePeriodSeconds":9}})")
          .refresh_grace_seconds,
      9);
  EXPECT_FALSE(ClientOf(R"({"AllowedOAuthFlows":["code"]})").Allows(OAuthFlow::kCode));
  EXPECT_TRUE(ClientOf(R"({"AllowedOAuthFlows":["code"],"AllowedOAuthFlowsUserPoolClient":true})")
                  .Allows(OAuthFlow::kCode));
}

TEST(PoolRecord, AnEarlierVersionsTellsNoNamesByTheirCaseUnlessTheDescriptionSaysSo) {
  const auto sensitive = [](std::string_view bytes) {
    return ParsePool("pool/x", bytes).value().settings.case_sensitive_names;
  };
  const std::string_view earlier = R"({"Id":"x","Description":{}})";
  EXPECT_FALSE(sensitive(earlier));
  // It stays so when the record is written anew.
  EXPECT_FALSE(sensitive(SerializePool(ParsePool("pool/x", earlier).value())));
  Pool made;
  EXPECT_TRUE(sensitive(SerializePool(made)));
  EXPECT_TRUE(
      sensitive(R"({"Id":"x","Description":{"UsernameConfiguration":{"CaseSensitive":true}}})"));
  EXPECT_FALSE(sensitive(R"({"Id":"x","CaseSensitiveByDefault":true,)"
                         R"("Description":{"UsernameConfiguration":{"CaseSensitive":false}}})"));
}

// As an earlier version wrote it.
TEST(PoolRecord, TheFirstFormOfFactorsIsReadAndStaysWhenTheRecordIsWrittenAnew) {
  const auto factors = [](std::string_view bytes) {
    return ParsePool("pool/x", bytes).value().mfa_factors;
  };
  const json::object enabled{{"SoftwareTokenMfaConfiguration", {{"Enabled", true}}}};
  const Pool pool =
      ParsePool("pool/x", R"({"Id":"x","SoftwareTokenMfa":true,"Description":{}})").value();
  EXPECT_EQ(pool.mfa_factors, enabled);
  EXPECT_EQ(factors(SerializePool(pool)), enabled);
  EXPECT_EQ(factors(R"({"Id":"x","SoftwareTokenMfa":false,"Description":{}})"), json::object());
}

}  // namespace
}  // namespace sallyport::domain
