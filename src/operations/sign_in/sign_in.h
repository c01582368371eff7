// Shared by the sign-in operations: converts AWS's maps of strings to the engine's input, and its
// outcomes to answers.
#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "domain/clients/client.h"
#include "domain/tokens/device.h"
#include "operations/operation.h"
#include "operations/sign_in/parameters.h"

namespace sallyport::operations {

// AWS's client-side and server-side authentication: either an app calls for its user, or the app's
// server does, with a signed call of an Admin operation.
enum class SignInSide { kClient, kServer };

// The call of InitiateAuth or AdminInitiateAuth.
struct Initiation {
  explicit Initiation(const api::InitiateAuthInput& input);
  explicit Initiation(const api::AdminInitiateAuthInput& input);

  SignInSide side;
  std::string_view pool_id;  // only in an administrator's call
  std::string_view client_id;
  api::AuthFlowType flow;
  api::AuthParametersType parameters;
  const boost::json::object* metadata;
};
base::Result<Issued> Initiate(Call& call, const Initiation& initiation);

bool IsRefresh(api::AuthFlowType flow);

// Before the first read of a call that names a user: what it begins with is read at once
// (sign_in/reads.h). `flow`: of a call that begins a sign-in. Where it is expected already, nothing
// changes.
void ExpectBeginning(Call& call, std::string_view client_id, std::string_view name,
                     std::optional<api::AuthFlowType> flow = std::nullopt);

// The lane: a refresh hashes nothing. SRP's first step takes three exponentiations, three times as
// long as the two signatures of a refresh, so it must yield to users who are signed in.
struct InitiateLaneType {
  template <typename Input>
  Lane operator()(const Input& input) const {
    return IsRefresh(input.auth_flow()) ? Lane::kQuick : Lane::kHash;
  }
};
inline constexpr InitiateLaneType InitiateLane;

// The call of RespondToAuthChallenge or AdminRespondToAuthChallenge.
struct ChallengeResponse {
  explicit ChallengeResponse(const api::RespondToAuthChallengeInput& input);
  explicit ChallengeResponse(const api::AdminRespondToAuthChallengeInput& input);

  SignInSide side;
  std::string_view pool_id;  // only in an administrator's call
  std::string_view client_id;
  api::ChallengeNameType challenge;
  std::string_view session;
  api::ChallengeResponsesType responses;
  const boost::json::object* metadata;
};
base::Result<Issued> Respond(Call& call, const ChallengeResponse& response);
struct RespondLaneType {
  template <typename Input>
  Lane operator()(const Input& input) const {
    return LaneOfAnswer(input.challenge_name());
  }
};
inline constexpr RespondLaneType RespondLane;

// Who made the call.
inline domain::ContextData ContextDataOf(const Call& call) {
  return {call.source_ip, call.user_agent};
}

}  // namespace sallyport::operations
