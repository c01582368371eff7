// The generated classes of an Operation's input.
#include "operations/view/view.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <stdexcept>

#include "operations_model/inputs.h"

namespace sallyport::operations {
namespace {

namespace json = boost::json;

TEST(View, StringsAreViewsIntoTheObjectAndEmptyWhereTheyAreAbsent) {
  const json::object object{{"UserPoolId", "eu-west-1_a"}, {"Username", "alice"}};
  const api::AdminCreateUserInput input(object);
  EXPECT_EQ(input.username(), "alice");
  EXPECT_EQ(input.username().data(), object.at("Username").as_string().data());
  EXPECT_EQ(input.temporary_password(), "");
  EXPECT_FALSE(input.has_temporary_password());
  EXPECT_EQ(&input.json(), &object);
}

TEST(View, AnEmptyStringIsThereAndAnAbsentOneIsNot) {
  const json::object object{{"TemporaryPassword", ""}};
  EXPECT_TRUE(api::AdminCreateUserInput(object).has_temporary_password());
}

TEST(View, FlagsAndNumbersHaveTheFallbackThatTheReaderGives) {
  const json::object none;
  EXPECT_TRUE(api::AdminCreateUserInput(none).force_alias_creation(true));
  EXPECT_FALSE(api::AdminCreateUserInput(none).force_alias_creation(false));
  EXPECT_EQ(api::ListUsersInput(none).limit(7), 7);
  const json::object given{{"ForceAliasCreation", false}, {"Limit", 0}};
  EXPECT_FALSE(api::AdminCreateUserInput(given).force_alias_creation(true));
  EXPECT_EQ(api::ListUsersInput(given).limit(7), 0);
}

TEST(View, WhatTheModelRequiresAndIsNotThereIsAnExceptionAndNoDefault) {
  const json::object none;
  EXPECT_ANY_THROW((void)api::AdminCreateUserInput(none).username());
  EXPECT_ANY_THROW((void)api::ListUserPoolsInput(none).max_results());
  EXPECT_ANY_THROW((void)api::TagResourceInput(none).tags());
  EXPECT_ANY_THROW((void)api::SetUserPoolSessionConfigurationInput(none).token_session());
  EXPECT_THROW((void)api::InitiateAuthInput(none).auth_flow(), std::invalid_argument);
}

TEST(View, EnumerationsAreReadAndSpelled) {
  const json::object object{{"MessageAction", "SUPPRESS"}, {"AuthFlow", "USER_SRP_AUTH"}};
  EXPECT_EQ(api::AdminCreateUserInput(object).message_action(), api::MessageActionType::kSuppress);
  EXPECT_EQ(api::InitiateAuthInput(object).auth_flow(), api::AuthFlowType::kUserSrpAuth);
  EXPECT_EQ(api::Word(api::AuthFlowType::kUserSrpAuth), "USER_SRP_AUTH");
  const json::object unknown{{"MessageAction", "suppress"}};
  EXPECT_EQ(api::AdminCreateUserInput(unknown).message_action(), std::nullopt);
  EXPECT_EQ(api::AdminCreateUserInput(json::object()).message_action(), std::nullopt);
}

TEST(View, EveryValueOfAnEnumerationIsReadAsWhatItIsSpelled) {
  for (const std::string_view word : Words(api::ChallengeNameType{})) {
    const auto value = api::Enumerator<api::ChallengeNameType>(word);
    ASSERT_TRUE(value) << word;
    EXPECT_EQ(api::Word(*value), word);
  }
}

TEST(View, ListsAreOfStringsOfEnumeratorsAndOfViews) {
  const json::object object{
      {"UserAttributes", {{{"Name", "email"}, {"Value", "a@b"}}, {{"Name", "nickname"}}}},
      {"DesiredDeliveryMediums", {"EMAIL"}},
      {"UserAttributeNames", {"a", "b"}}};
  const api::AdminCreateUserInput input(object);
  std::string text;
  for (const auto attribute : input.user_attributes()) {
    text += std::string(attribute.name()) + "=" + std::string(attribute.value()) + ";";
  }
  EXPECT_EQ(text, "email=a@b;nickname=;");
  EXPECT_TRUE(input.desired_delivery_mediums().contains(api::DeliveryMediumType::kEmail));
  EXPECT_FALSE(input.desired_delivery_mediums().contains(api::DeliveryMediumType::kSms));
  EXPECT_EQ(api::Copies(api::DeleteUserAttributesInput(object).user_attribute_names()),
            (std::vector<std::string>{"a", "b"}));
}

TEST(View, AnAbsentListIsEmptyAndSaysThatItIsAbsent) {
  const json::object none;
  const auto absent = api::AdminCreateUserInput(none).validation_data();
  EXPECT_TRUE(absent.empty());
  EXPECT_EQ(absent.begin(), absent.end());
  EXPECT_EQ(absent.json(), nullptr);
  const json::object empty{{"ValidationData", json::array()}};
  EXPECT_TRUE(api::AdminCreateUserInput(empty).validation_data().empty());
  EXPECT_NE(api::AdminCreateUserInput(empty).validation_data().json(), nullptr);
}

TEST(View, StructuresAreViews) {
  const json::object object{{"TokenSession", {{"MaxPerUser", 3}}}};
  EXPECT_EQ(api::SetUserPoolSessionConfigurationInput(object).token_session().max_per_user(), 3);
  const json::object domain{{"CustomDomainConfig", {{"CertificateArn", "arn"}}}};
  const auto config = api::CreateUserPoolDomainInput(domain).custom_domain_config();
  ASSERT_TRUE(config);
  EXPECT_EQ(config->certificate_arn(), "arn");
  EXPECT_EQ(api::CreateUserPoolDomainInput(json::object()).custom_domain_config(), std::nullopt);
}

TEST(View, AParameterKnowsItsName) {
  const json::object object{{"AuthParameters", {{"USERNAME", "alice"}}}};
  const auto parameters = api::InitiateAuthInput(object).auth_parameters();
  EXPECT_EQ(parameters.username().value, "alice");
  EXPECT_EQ(parameters.srp_a().value, "");
  EXPECT_EQ(parameters.srp_a().name, "SRP_A");
  // A map that is absent has no entries.
  EXPECT_EQ(api::InitiateAuthInput(json::object()).auth_parameters().username().value, "");
}

TEST(View, TheDispatcherReadsWhatOperationsShare) {
  const json::object object{{"ClientId", "client"}, {"Username", "alice"}};
  EXPECT_EQ(api::AnyInput(object).client_id(), "client");
  EXPECT_EQ(api::AnyInput(object).username(), "alice");
  EXPECT_EQ(api::AnyInput(object).user_pool_id(), "");
}

TEST(View, ATimestampIsSeconds) {
  const json::object object{{"RestoreTimestamp", 1.5}};
  EXPECT_EQ(api::InitiatePointInTimeRecoveryInput(object).restore_timestamp(), 1.5);
}

}  // namespace
}  // namespace sallyport::operations
