#include "operations/sign_in/parameters.h"

#include <string>
#include <utility>

#include "domain/errors.h"
#include "domain/json.h"

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
base::Result<sign_in::Input> SrpAnswer(const json::object& responses) {
  sign_in::ProveSrp answer;
  SALLYPORT_ASSIGN(answer.name, RequiredParameter(responses, "USERNAME"));
  SALLYPORT_ASSIGN(answer.secret_block,
                   RequiredParameter(responses, "PASSWORD_CLAIM_SECRET_BLOCK"));
  SALLYPORT_ASSIGN(answer.signature, RequiredParameter(responses, "PASSWORD_CLAIM_SIGNATURE"));
  SALLYPORT_ASSIGN(answer.timestamp, RequiredParameter(responses, "TIMESTAMP"));
  return sign_in::Input(answer);
}

base::Result<sign_in::Input> CustomAnswer(std::string_view session, const json::object& responses) {
  sign_in::AnswerCustom answer{.session = session, .name = {}, .answer = {}};
  SALLYPORT_ASSIGN(answer.name, RequiredParameter(responses, "USERNAME"));
  SALLYPORT_ASSIGN(answer.answer, RequiredParameter(responses, "ANSWER"));
  return sign_in::Input(answer);
}

base::Result<sign_in::Input> NewPassword(std::string_view session, const json::object& responses) {
  sign_in::GiveNewPassword answer{
      .session = session, .name = {}, .password = {}, .attributes = GivenAttributes(responses)};
  SALLYPORT_ASSIGN(answer.name, RequiredParameter(responses, "USERNAME"));
  SALLYPORT_ASSIGN(answer.password, RequiredParameter(responses, "NEW_PASSWORD"));
  return sign_in::Input(std::move(answer));
}

}  // namespace

base::Result<std::string_view> RequiredParameter(const json::object& parameters,
                                                 std::string_view name) {
  const std::string_view value = domain::StringMember(parameters, name);
  if (value.empty()) {
    return domain::error::kMissingParameter(name);
  }
  return value;
}

base::Result<sign_in::Input> BeginningOf(std::string_view flow, const json::object& parameters) {
  SALLYPORT_ASSIGN(const std::string_view name, RequiredParameter(parameters, "USERNAME"));
  if (flow == "USER_SRP_AUTH") {
    SALLYPORT_ASSIGN(const std::string_view client_value, RequiredParameter(parameters, "SRP_A"));
    return sign_in::Input(sign_in::BeginSrp{name, client_value});
  }
  if (flow == "CUSTOM_AUTH") {
    sign_in::BeginCustom beginning{.name = name, .client_value = {}};
    if (domain::StringMember(parameters, "CHALLENGE_NAME") == "SRP_A") {
      beginning.client_value = domain::StringMember(parameters, "SRP_A");
    }
    return sign_in::Input(beginning);
  }
  SALLYPORT_ASSIGN(const std::string_view password, RequiredParameter(parameters, "PASSWORD"));
  return sign_in::Input(sign_in::GivePassword{name, password});
}

base::Result<sign_in::Input> AnswerOf(const json::object& input) {
  static const json::object none;
  const json::object* given = domain::ObjectMember(input, "ChallengeResponses");
  const json::object& responses = given != nullptr ? *given : none;
  const std::string_view challenge = domain::StringMember(input, "ChallengeName");
  if (challenge == "PASSWORD_VERIFIER") return SrpAnswer(responses);
  const bool custom = challenge == "CUSTOM_CHALLENGE";
  if (!custom && challenge != "NEW_PASSWORD_REQUIRED") {
    // No session of another challenge was ever given.
    return domain::error::kInvalidSession();
  }
  const std::string_view session = domain::StringMember(input, "Session");
  if (session.empty()) return domain::error::kMissingParameter("Session");
  return custom ? CustomAnswer(session, responses) : NewPassword(session, responses);
}

}  // namespace sallyport::operations
