// The table of settings has a row for every member of the model, and calls do what it says.
#include "operations/pools/settings_table.h"

#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>

#include "base/utf8.h"
#include "domain/clients/client_settings.h"
#include "domain/pools/pool_settings.h"
#include "fixture.h"
#include "operations/dispatch/model.h"
#include "settings_doc.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

// The members of a shape that are not objects, and the objects that contain them, as paths. A map
// is one member.
struct Members {
  std::set<std::string> leaves, all;

  void Add(const model::Shape& shape, const std::string& path) {
    for (const model::Member& member : shape.members) {
      const std::string name =
          path.empty() ? std::string(member.name) : path + "." + std::string(member.name);
      all.insert(name);
      const model::Shape* of = &model::shapes[member.shape];
      if (of->type == model::Type::kList) of = &model::shapes[of->element];
      if (of->type == model::Type::kStructure) {
        Add(*of, name);
      } else {
        leaves.insert(name);
      }
    }
  }
};

Members MembersOf(std::initializer_list<std::string_view> operations) {
  Members members;
  for (const std::string_view operation : operations) {
    members.Add(model::shapes[model::Find(operation)->input], "");
  }
  return members;
}

bool HasRow(std::span<const Setting> table, const std::string& leaf) {
  for (const Setting& setting : table) {
    if (leaf == setting.member || leaf.starts_with(std::string(setting.member) + ".")) return true;
  }
  return false;
}

void ExpectWhole(std::span<const Setting> table,
                 std::initializer_list<std::string_view> operations) {
  const Members members = MembersOf(operations);
  EXPECT_GT(members.leaves.size(), 5u);
  for (const std::string& leaf : members.leaves) {
    EXPECT_TRUE(HasRow(table, leaf)) << leaf << " stands in no row";
  }
  std::set<std::string_view> seen;
  for (const Setting& setting : table) {
    EXPECT_TRUE(seen.insert(setting.member).second) << setting.member << " has two rows";
    EXPECT_FALSE(setting.note.empty()) << setting.member;
    // A member that the model does not know yet is refused for that reason.
    EXPECT_TRUE(members.all.contains(std::string(setting.member)) ||
                setting.effect == Effect::kRefused)
        << setting.member << " is no member";
  }
}

TEST(SettingsTable, WhatBecomesAHeaderOfAMailIsOneLine) {
  size_t lines = 0;
  for (const auto& table : {kPoolSettingsTable, kMfaSettingsTable}) {
    for (const Setting& setting : table) {
      const bool header =
          setting.member.ends_with("Subject") || setting.member.ends_with("SubjectByLink") ||
          setting.member.ends_with(".From") || setting.member.ends_with("ReplyToEmailAddress");
      EXPECT_EQ(setting.form == Form::kLine, header) << setting.member;
      lines += header ? 1 : 0;
    }
  }
  EXPECT_EQ(lines, 7u);
}

TEST(SettingsTable, EveryMemberThatTheModelHasStandsInARow) {
  ExpectWhole(kPoolSettingsTable, {"CreateUserPool", "UpdateUserPool"});
  ExpectWhole(kClientSettingsTable, {"CreateUserPoolClient", "UpdateUserPoolClient"});
  ExpectWhole(kMfaSettingsTable, {"SetUserPoolMfaConfig"});
}

template <typename V, size_t N>
void ExpectEveryWord(std::string_view shape_name, const domain::WordTable<V, N>& words) {
  const auto shape = std::find_if(model::shapes.begin(), model::shapes.end(),
                                  [&](const auto& item) { return item.name == shape_name; });
  ASSERT_NE(shape, model::shapes.end()) << shape_name;
  EXPECT_FALSE(shape->allowed.empty()) << shape_name;
  for (const std::string_view word : shape->allowed) {
    EXPECT_TRUE(std::any_of(words.begin(), words.end(),
                            [&](const auto& item) { return item.first == word; }))
        << shape_name << " has " << word << ", which would be taken for a default";
  }
}

TEST(SettingsTable, EveryWordThatTheModelAllowsHasAMeaning) {
  ExpectEveryWord("UserPoolMfaType", domain::kMfaModes);
  ExpectEveryWord("UserPoolTierType", domain::kPoolTiers);
  ExpectEveryWord("RecoveryOptionNameType", domain::kRecoveryMechanisms);
  ExpectEveryWord("DefaultEmailOptionType", domain::kVerificationForms);
  ExpectEveryWord("AttributeDataType", domain::kAttributeTypes);
  ExpectEveryWord("ExplicitAuthFlowsType", domain::kAuthFlows);
  ExpectEveryWord("OAuthFlowType", domain::kOAuthFlows);
  ExpectEveryWord("TimeUnitsType", domain::kTokenUnits);
  ExpectEveryWord("PreTokenGenerationLambdaVersionType", domain::kEventVersions);
}

TEST(SettingsTable, DocsSettingsIsMadeOfIt) {
  if (const char* path = std::getenv("SALLYPORT_WRITE_SETTINGS_DOC")) {
    std::ofstream(path) << SettingsDoc();
  }
  std::ifstream file(SALLYPORT_SOURCE_DIR "/docs/settings.md");
  std::ostringstream committed;
  committed << file.rdbuf();
  EXPECT_EQ(committed.str(), SettingsDoc())
      << "docs/settings.md is stale: cmake --build --preset test --target settings_doc";
}

class Settings : public OperationTest {
 protected:
  Reply Create(json::object settings) {
    settings["PoolName"] = "p";
    return Call("CreateUserPool", settings);
  }
  Reply Update(json::object settings) {
    settings["UserPoolId"] = pool_;
    return Call("UpdateUserPool", settings);
  }
  Reply CreateClient(json::object settings) {
    settings["UserPoolId"] = pool_;
    settings["ClientName"] = "c";
    return Call("CreateUserPoolClient", settings);
  }
  Reply Mfa(json::object settings) {
    settings["UserPoolId"] = pool_;
    return Call("SetUserPoolMfaConfig", settings);
  }
  json::value Described(std::string_view member) {
    return Call("DescribeUserPool", json::object{{"UserPoolId", pool_}})
        .At("UserPool." + std::string(member));
  }

  std::string pool_ = MakePool();
};

TEST_F(Settings, ALineBreakInWhatBecomesAHeaderOfAMailIsRefused) {
  const auto refusal = [](std::string_view member) {
    return std::string(member) +
           " must be one line, without control characters: it becomes a header of mails.";
  };
  for (const char* end : {"\r", "\n", "\r\nBcc: x@example.org"}) {
    const std::string bad = std::string("Your code") + end;
    const std::pair<std::string_view, json::object> pools[] = {
        {"EmailVerificationSubject", {{"EmailVerificationSubject", bad}}},
        {"VerificationMessageTemplate.EmailSubject",
         {{"VerificationMessageTemplate", {{"EmailSubject", bad}}}}},
        {"VerificationMessageTemplate.EmailSubjectByLink",
         {{"VerificationMessageTemplate", {{"EmailSubjectByLink", bad}}}}},
        {"AdminCreateUserConfig.InviteMessageTemplate.EmailSubject",
         {{"AdminCreateUserConfig", {{"InviteMessageTemplate", {{"EmailSubject", bad}}}}}}},
        {"EmailConfiguration.From", {{"EmailConfiguration", {{"From", bad}}}}},
    };
    for (const auto& [member, settings] : pools) {
      EXPECT_TRUE(FailedWith(Create(settings), "InvalidParameterException", refusal(member)));
      EXPECT_TRUE(FailedWith(Update(settings), "InvalidParameterException", refusal(member)));
    }
    EXPECT_TRUE(FailedWith(
        Mfa({{"MfaConfiguration", "OPTIONAL"}, {"EmailMfaConfiguration", {{"Subject", bad}}}}),
        "InvalidParameterException", refusal("EmailMfaConfiguration.Subject")));
  }
  EXPECT_TRUE(Succeeded(Update({{"EmailConfiguration", {{"From", "Shop <a@example.org>"}}}})));
}

TEST_F(Settings, OnesThatWouldProtectSomebodyAndHaveNoEffectAreRefusedInWords) {
  const struct {
    json::object settings;
    std::string begin;
  } refused[] = {
      {{{"MfaConfiguration", "ON"}}, "MfaConfiguration ON is not supported. "},
      {{{"UserPoolAddOns", {{"AdvancedSecurityMode", "ENFORCED"}}}},
       "UserPoolAddOns.AdvancedSecurityMode ENFORCED is not supported. "},
      {{{"UserPoolAddOns", {{"AdvancedSecurityMode", "AUDIT"}}}},
       "UserPoolAddOns.AdvancedSecurityMode AUDIT is not supported. "},
      {{{"UserPoolAddOns",
         {{"AdvancedSecurityMode", "OFF"},
          {"AdvancedSecurityAdditionalFlows", {{"CustomAuthMode", "AUDIT"}}}}}},
       "UserPoolAddOns.AdvancedSecurityAdditionalFlows is not supported. "},
      {{{"DeviceConfiguration", {{"ChallengeRequiredOnNewDevice", true}}}},
       "DeviceConfiguration.ChallengeRequiredOnNewDevice true is not supported. "},
      {{{"KeyConfiguration", {{"KeyType", "CUSTOMER_MANAGED_KEY"}}}},
       "KeyConfiguration.KeyType CUSTOMER_MANAGED_KEY is not supported. "},
      {{{"KeyConfiguration", {{"KmsKeyArn", "arn:aws:kms:eu-west-1:123456789012:key/00000000"}}}},
       "KeyConfiguration.KmsKeyArn arn:aws:kms:eu-west-1:123456789012:key/00000000 is not "
       "supported. "},
      {{{"IssuerConfiguration", {{"Type", "UPDATED"}}}},
       "IssuerConfiguration.Type UPDATED is not supported. "},
      {{{"AcrConfiguration", {{"Level1", {{"AcrValue", "urn:one"}}}}}},
       "AcrConfiguration is not supported. "},
  };
  for (const auto& [settings, begin] : refused) {
    for (const Reply& reply : {Create(settings), Update(settings)}) {
      EXPECT_EQ(reply.code, "InvalidParameterException");
      EXPECT_TRUE(reply.message.starts_with(begin)) << reply.message;
    }
    EXPECT_TRUE(Described(settings.begin()->key()) != settings.begin()->value());
  }
  const Reply client = CreateClient(
      {{"AnalyticsConfiguration", {{"ApplicationId", "0123456789abcdef0123456789abcdef"}}}});
  EXPECT_EQ(client.code, "InvalidParameterException");
  EXPECT_TRUE(client.message.starts_with("AnalyticsConfiguration is not supported. "));
  // It is not stored, whether this version's model has it or not.
  EXPECT_EQ(CreateClient({{"PublishSecretsInAWSSecretsManager", true}}).code,
            "InvalidParameterException");
  EXPECT_EQ(Call("ListUserPoolClients", json::object{{"UserPoolId", pool_}})
                .At("UserPoolClients")
                .as_array()
                .size(),
            0u);
}

TEST_F(Settings, DefaultsThatAreSentExplicitlyAreTaken) {
  const json::object defaults{
      {"MfaConfiguration", "OFF"},
      {"UserPoolAddOns", {{"AdvancedSecurityMode", "OFF"}}},
      {"DeviceConfiguration",
       {{"ChallengeRequiredOnNewDevice", false}, {"DeviceOnlyRememberedOnUserPrompt", false}}},
      {"KeyConfiguration", {{"KeyType", "AWS_OWNED_KEY"}}},
      {"IssuerConfiguration", {{"Type", "ORIGINAL"}}},
      {"EmailConfiguration", {{"EmailSendingAccount", "COGNITO_DEFAULT"}}},
      {"AcrConfiguration", json::object()},
      {"LambdaConfig", json::object()},
      {"UserPoolTags", json::object()}};
  EXPECT_TRUE(Succeeded(Create(defaults)));
  EXPECT_TRUE(Succeeded(Update(defaults)));
  EXPECT_EQ(Described("UserPoolAddOns"), defaults.at("UserPoolAddOns"));
  EXPECT_EQ(Described("KeyConfiguration"), defaults.at("KeyConfiguration"));
}

TEST_F(Settings, OnesThatOnlyOfferMoreAreKeptAndReturned) {
  const json::object kept{
      {"MfaConfiguration", "OPTIONAL"},
      {"SmsAuthenticationMessage", "code {####}"},
      {"DeviceConfiguration", {{"DeviceOnlyRememberedOnUserPrompt", true}}},
      {"SmsConfiguration",
       {{"SnsCallerArn", "arn:aws:iam::123456789012:role/sms"}, {"ExternalId", "x"}}},
      {"DcrConfiguration", {{"EnableStatus", "Enabled"}}}};
  ASSERT_TRUE(Succeeded(Update(kept)));
  for (const auto& [name, value] : kept) EXPECT_EQ(Described(name), value) << name;
}

TEST_F(Settings, AMisspeltMemberIsRefusedAndNoDefaultInSilence) {
  EXPECT_TRUE(
      FailedWith(Create({{"MfaConfigurations", "OFF"}}), "InvalidParameterException",
                 "The member MfaConfigurations is not known to this version, and would have "
                 "no effect. Did you mean MfaConfiguration?"));
  EXPECT_TRUE(FailedWith(
      Update({{"Policies", {{"PasswordPolicy", {{"MinimumLenght", 12}}}}}}),
      "InvalidParameterException",
      "The member Policies.PasswordPolicy.MinimumLenght is not known to this version, and would "
      "have no effect. Did you mean MinimumLength?"));
  EXPECT_EQ(Create({{"Schema", {{{"Name", "a"}, {"Requird", true}}}}}).code,
            "InvalidParameterException");
  EXPECT_EQ(CreateClient({{"PreventUserExistenceError", "ENABLED"}}).code,
            "InvalidParameterException");
  EXPECT_EQ(Mfa({{"MfaConfig", "ON"}}).code, "InvalidParameterException");
  for (const auto& [operation, misspelt] :
       {std::pair("AddCustomAttributes", "Muttable"), std::pair("CreateGroup", "Precedense"),
        std::pair("CreateResourceServer", "Scops"),
        std::pair("CreateUserPoolDomain", "Certificate")}) {
    EXPECT_TRUE(Call(operation, {{"UserPoolId", pool_}, {misspelt, true}})
                    .message.starts_with("The member " + std::string(misspelt) + " is not known"))
        << operation;
  }
  // It is shown up to the last complete character.
  std::string long_name = "a";
  for (int i = 0; i < 40; ++i) long_name += "é";
  EXPECT_TRUE(base::IsUtf8(Create({{long_name, 1}}).message));
  // A null is not a setting, and keys of a map may have any name.
  EXPECT_TRUE(
      Succeeded(Create({{"MfaConfigurations", nullptr}, {"UserPoolTags", {{"any", "x"}}}})));
}

TEST_F(Settings, ATagThatBeginsAsASettingOfThisServerMustBeOne) {
  EXPECT_TRUE(FailedWith(
      Create({{"UserPoolTags", {{"sallyport:revoke-on-passwort-change", "false"}}}}),
      "InvalidParameterException",
      "Tag sallyport:revoke-on-passwort-change is not a setting of this server. The settings are: "
      "sallyport:revoke-on-password-change, sallyport:revoke-on-refresh-token-reuse, "
      "sallyport:at-session-limit, sallyport:claims."));
  EXPECT_TRUE(FailedWith(Update({{"UserPoolTags", {{"sallyport:at-session-limit", "Refuse"}}}}),
                         "InvalidParameterException",
                         "Tag sallyport:at-session-limit must be evict or refuse."));
  const std::string arn = "arn:aws:cognito-idp:eu-west-1:000000000000:userpool/" + pool_;
  EXPECT_EQ(Call("TagResource", json::object{{"ResourceArn", arn},
                                             {"Tags", {{"sallyport:at-session-limit", "no"}}}})
                .code,
            "InvalidParameterException");
  EXPECT_TRUE(Succeeded(Call(
      "TagResource",
      json::object{{"ResourceArn", arn}, {"Tags", {{"sallyport:at-session-limit", "refuse"}}}})));
}

TEST_F(Settings, TheOlderLifetimeOfTemporaryPasswordsCountsWhereTheNewerIsNotGiven) {
  ASSERT_TRUE(Succeeded(Update({{"AdminCreateUserConfig", {{"UnusedAccountValidityDays", 2}}}})));
  EXPECT_EQ(Described("Policies.PasswordPolicy.TemporaryPasswordValidityDays"), json::value(2));
  ASSERT_TRUE(Succeeded(
      Update({{"AdminCreateUserConfig", {{"UnusedAccountValidityDays", 2}}},
              {"Policies", {{"PasswordPolicy", {{"TemporaryPasswordValidityDays", 5}}}}}})));
  EXPECT_EQ(Described("Policies.PasswordPolicy.TemporaryPasswordValidityDays"), json::value(5));
  EXPECT_EQ(Described("AdminCreateUserConfig.UnusedAccountValidityDays"), json::value(5));
}

TEST_F(Settings, AnAddressOfSesNeedsItsArn) {
  EXPECT_TRUE(FailedWith(
      Update({{"EmailConfiguration", {{"EmailSendingAccount", "DEVELOPER"}}}}),
      "InvalidParameterException",
      "EmailConfiguration.SourceArn is required where EmailSendingAccount is DEVELOPER."));
  EXPECT_TRUE(Succeeded(
      Update({{"EmailConfiguration",
               {{"EmailSendingAccount", "DEVELOPER"},
                {"SourceArn", "arn:aws:ses:eu-west-1:123456789012:identity/a@example.org"}}}})));
}

}  // namespace
}  // namespace sallyport::operations
