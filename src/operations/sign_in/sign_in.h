// The sign-in operations: AWS's maps of strings into what the engine takes, and its outcomes back.
#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "domain/client.h"
#include "domain/device.h"
#include "operations/operation.h"

namespace sallyport::operations {

enum class Caller { kClient, kAdmin };

// InitiateAuth and AdminInitiateAuth.
base::Result<Issued> Initiate(Call& call, const boost::json::object& input, Caller caller);
// A refresh hashes nothing. SRP's first step takes three exponentiations, three times a refresh's
// two signatures: it yields to those who have signed in.
Lane InitiateLane(const boost::json::object& input);

// RespondToAuthChallenge and AdminRespondToAuthChallenge.
base::Result<Issued> Respond(Call& call, const boost::json::object& input, Caller caller);
// SRP's second step hashes nothing.
Lane RespondLane(const boost::json::object& input);

// Who made the call.
inline domain::Peer PeerOf(const Call& call) {
  return {call.source_ip, call.user_agent};
}

}  // namespace sallyport::operations
