#include "operations/sign_in/parameters.h"

#include <string>
#include <utility>

#include "domain/errors.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

constexpr std::string_view kAttributePrefix = "userAttributes.";

// The responses userAttributes.*.
domain::Attributes GivenAttributes(const json::object& responses) {
  domain::Attributes attributes;
  for (const auto& [name, value] : responses) {
    const std::string_view key = name;
    if (!key.starts_with(kAttributePrefix) || !value.is_string()) continue;
    attributes.emplace(key.substr(kAttributePrefix.size()), std::string(value.get_string()));
  }
  return attributes;
}

// Its session travels in SECRET_BLOCK.
base::Result<sign_in::Input> SrpAnswer(const api::ChallengeResponsesType& responses) {
  sign_in::ProveSrp answer;
  SALLYPORT_ASSIGN(answer.name, RequiredParameter(responses.username()));
  SALLYPORT_ASSIGN(answer.secret_block, RequiredParameter(responses.password_claim_secret_block()));
  SALLYPORT_ASSIGN(answer.signature, RequiredParameter(responses.password_claim_signature()));
  SALLYPORT_ASSIGN(answer.timestamp, RequiredParameter(responses.timestamp()));
  return sign_in::Input(answer);
}

base::Result<sign_in::Input> CustomAnswer(std::string_view session,
                                          const api::ChallengeResponsesType& responses) {
  sign_in::AnswerCustom answer{.session = session, .name = {}, .answer = {}};
  SALLYPORT_ASSIGN(answer.name, RequiredParameter(responses.username()));
  SALLYPORT_ASSIGN(answer.answer, RequiredParameter(responses.answer()));
  return sign_in::Input(answer);
}

base::Result<sign_in::Input> NewPassword(std::string_view session,
                                         const api::ChallengeResponsesType& responses) {
  sign_in::GiveNewPassword answer{.session = session,
                                  .name = {},
                                  .password = {},
                                  .attributes = GivenAttributes(responses.json())};
  SALLYPORT_ASSIGN(answer.name, RequiredParameter(responses.username()));
  SALLYPORT_ASSIGN(answer.password, RequiredParameter(responses.new_password()));
  return sign_in::Input(std::move(answer));
}

}  // namespace

base::Result<std::string_view> RequiredParameter(const api::Parameter& parameter) {
  if (parameter.value.empty()) {
    return domain::error::kMissingParameter(parameter.name);
  }
  return parameter.value;
}

base::Result<sign_in::Input> BeginningOf(api::AuthFlowType flow,
                                         const api::AuthParametersType& parameters) {
  SALLYPORT_ASSIGN(const std::string_view name, RequiredParameter(parameters.username()));
  if (flow == api::AuthFlowType::kUserSrpAuth) {
    SALLYPORT_ASSIGN(const std::string_view client_value, RequiredParameter(parameters.srp_a()));
    return sign_in::Input(sign_in::BeginSrp{name, client_value});
  }
  if (flow == api::AuthFlowType::kCustomAuth) {
    sign_in::BeginCustom beginning{.name = name, .client_value = {}};
    if (parameters.challenge_name().value == "SRP_A") {
      beginning.client_value = parameters.srp_a().value;
    }
    return sign_in::Input(beginning);
  }
  SALLYPORT_ASSIGN(const std::string_view password, RequiredParameter(parameters.password()));
  return sign_in::Input(sign_in::GivePassword{name, password});
}

base::Result<sign_in::Input> AnswerOf(api::ChallengeNameType challenge, std::string_view session,
                                      const api::ChallengeResponsesType& responses) {
  if (challenge == api::ChallengeNameType::kPasswordVerifier) return SrpAnswer(responses);
  const bool custom = challenge == api::ChallengeNameType::kCustomChallenge;
  if (!custom && challenge != api::ChallengeNameType::kNewPasswordRequired) {
    // No session of another challenge was ever given.
    return domain::error::kInvalidSession();
  }
  if (session.empty()) return domain::error::kMissingParameter("Session");
  return custom ? CustomAnswer(session, responses) : NewPassword(session, responses);
}

}  // namespace sallyport::operations
