#include "operations/sign_in/parameters.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "domain/credentials/srp.h"
#include "domain/errors.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

constexpr std::string_view kAttributePrefix = "userAttributes.";

// The responses whose names begin with userAttributes.
domain::Attributes GivenAttributes(const json::object& responses) {
  domain::Attributes attributes;
  for (const auto& [name, value] : responses) {
    const std::string_view key = name;
    if (!key.starts_with(kAttributePrefix) || !value.is_string()) continue;
    attributes.emplace(key.substr(kAttributePrefix.size()), std::string(value.get_string()));
  }
  return attributes;
}

// The client carries the session in SECRET_BLOCK.
base::Result<sign_in::Input> PasswordVerifier(std::string_view,
                                              const api::ChallengeResponsesType& responses) {
  sign_in::ProveSrp answer;
  SALLYPORT_ASSIGN(answer.name, RequiredParameter(responses.username()));
  SALLYPORT_ASSIGN(answer.session, RequiredParameter(responses.password_claim_secret_block()));
  SALLYPORT_ASSIGN(answer.signature, RequiredParameter(responses.password_claim_signature()));
  SALLYPORT_ASSIGN(answer.timestamp, RequiredParameter(responses.timestamp()));
  const auto seconds = domain::ParseSrpTimestamp(answer.timestamp);
  if (!seconds) return domain::error::kTimestampUnreadable();
  answer.seconds = *seconds;
  return sign_in::Input(answer);
}

base::Result<sign_in::Input> CustomChallenge(std::string_view session,
                                             const api::ChallengeResponsesType& responses) {
  sign_in::AnswerCustom answer{.session = session, .name = {}, .answer = {}};
  SALLYPORT_ASSIGN(answer.name, RequiredParameter(responses.username()));
  SALLYPORT_ASSIGN(answer.answer, RequiredParameter(responses.answer()));
  return sign_in::Input(answer);
}

base::Result<sign_in::Input> NewPasswordRequired(std::string_view session,
                                                 const api::ChallengeResponsesType& responses) {
  sign_in::GiveNewPassword answer{.session = session,
                                  .name = {},
                                  .password = {},
                                  .attributes = GivenAttributes(responses.json())};
  SALLYPORT_ASSIGN(answer.name, RequiredParameter(responses.username()));
  SALLYPORT_ASSIGN(answer.password, RequiredParameter(responses.new_password()));
  return sign_in::Input(std::move(answer));
}

// How AWS spells the answer to a challenge.
struct ChallengeRow {
  api::ChallengeNameType name;
  base::Result<sign_in::Input> (*read)(std::string_view session,
                                       const api::ChallengeResponsesType& responses);
  Lane lane = Lane::kQuick;
  bool has_session = true;  // in the member Session
};

// ---- One row for each challenge. answer.cc has the way in which it is asked.
constexpr ChallengeRow kChallenges[] = {
    {.name = api::ChallengeNameType::kPasswordVerifier,
     .read = PasswordVerifier,
     .has_session = false},
    {.name = api::ChallengeNameType::kCustomChallenge, .read = CustomChallenge},
    {.name = api::ChallengeNameType::kNewPasswordRequired,
     .read = NewPasswordRequired,
     .lane = Lane::kHash},
};

// nullptr: this server never asks that challenge.
const ChallengeRow* RowOf(api::ChallengeNameType challenge) {
  const auto* const row = std::find_if(std::begin(kChallenges), std::end(kChallenges),
                                       [&](const auto& each) { return each.name == challenge; });
  return row != std::end(kChallenges) ? row : nullptr;
}

// The value A of SRP.
base::Result<std::string_view> ClientValueOf(const api::AuthParametersType& parameters) {
  SALLYPORT_ASSIGN(const std::string_view value, RequiredParameter(parameters.srp_a()));
  if (!domain::IsSrpClientValue(value)) return domain::error::kSrpAInvalid();
  return value;
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
    SALLYPORT_ASSIGN(const std::string_view client_value, ClientValueOf(parameters));
    return sign_in::Input(sign_in::BeginSrp{name, client_value});
  }
  if (flow == api::AuthFlowType::kCustomAuth) {
    sign_in::BeginCustom beginning{.name = name, .client_value = {}};
    if (parameters.challenge_name().value == "SRP_A") {
      SALLYPORT_ASSIGN(beginning.client_value, ClientValueOf(parameters));
    }
    return sign_in::Input(beginning);
  }
  SALLYPORT_ASSIGN(const std::string_view password, RequiredParameter(parameters.password()));
  return sign_in::Input(sign_in::GivePassword{name, password});
}

base::Result<sign_in::Input> AnswerOf(api::ChallengeNameType challenge, std::string_view session,
                                      const api::ChallengeResponsesType& responses) {
  const ChallengeRow* const row = RowOf(challenge);
  if (row == nullptr) return domain::error::kInvalidSession();
  if (session.empty() && row->has_session) return domain::error::kMissingParameter("Session");
  return row->read(session, responses);
}

Lane LaneOfAnswer(api::ChallengeNameType challenge) {
  const ChallengeRow* const row = RowOf(challenge);
  return row != nullptr ? row->lane : Lane::kQuick;
}

}  // namespace sallyport::operations
