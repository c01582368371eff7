// What a client answers to the challenge PASSWORD_VERIFIER.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "fixture.h"
#include "srp_client.h"

namespace sallyport::operations {

// The ChallengeResponses that prove `password` to the challenge `begun`, whose SRP_A was that of
// `client`.
inline boost::json::object SrpProof(const domain::SrpClient& client, std::string_view pool_id,
                                    const Reply& begun, std::string_view password,
                                    int64_t unix_seconds) {
  const std::string user_id = begun.Text("ChallengeParameters.USER_ID_FOR_SRP");
  const std::string block = begun.Text("ChallengeParameters.SECRET_BLOCK");
  const std::string time = domain::SrpTimestamp(unix_seconds);
  return {{"USERNAME", user_id},
          {"PASSWORD_CLAIM_SECRET_BLOCK", block},
          {"TIMESTAMP", time},
          {"PASSWORD_CLAIM_SIGNATURE",
           client.Signature(pool_id, user_id, password, begun.Text("ChallengeParameters.SALT"),
                            begun.Text("ChallengeParameters.SRP_B"), block, time)}};
}

}  // namespace sallyport::operations
