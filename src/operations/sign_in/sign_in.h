// The sign-in operations: AWS's maps of strings into what the engine takes, and its outcomes back.
#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "domain/clients/client.h"
#include "domain/tokens/device.h"
#include "operations/operation.h"
#include "operations/sign_in/parameters.h"

namespace sallyport::operations {

// AWS's client-side and server-side authentication: an app calls for its user, or the app's server
// does, signed, by the Admin operations.
enum class SignInSide { kClient, kServer };

// InitiateAuth and AdminInitiateAuth.
struct Initiation {
  explicit Initiation(const api::InitiateAuthInput& input);
  explicit Initiation(const api::AdminInitiateAuthInput& input);

  SignInSide side;
  std::string_view pool_id;  // of an administrator's call
  std::string_view client_id;
  api::AuthFlowType flow;
  api::AuthParametersType parameters;
  const boost::json::object* metadata;
};
base::Result<Issued> Initiate(Call& call, const Initiation& initiation);

bool IsRefresh(api::AuthFlowType flow);
// A refresh hashes nothing. SRP's first step takes three exponentiations, three times a refresh's
// two signatures: it yields to those who have signed in.
struct InitiateLaneType {
  template <typename Input>
  Lane operator()(const Input& input) const {
    return IsRefresh(input.auth_flow()) ? Lane::kQuick : Lane::kHash;
  }
};
inline constexpr InitiateLaneType InitiateLane;

// RespondToAuthChallenge and AdminRespondToAuthChallenge.
struct ChallengeResponse {
  explicit ChallengeResponse(const api::RespondToAuthChallengeInput& input);
  explicit ChallengeResponse(const api::AdminRespondToAuthChallengeInput& input);

  SignInSide side;
  std::string_view pool_id;  // of an administrator's call
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
