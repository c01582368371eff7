// What the sign-in operations share: flows, the password, challenges, and their answers.
#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "domain/client.h"
#include "operations/operation.h"

namespace sallyport::operations {

enum class Caller { kClient, kAdmin };

// The client of member ClientId; of an admin's call, of the pool of member UserPoolId.
// ResourceNotFoundException.
base::Result<std::shared_ptr<const domain::Client>> ClientOf(const Call& call,
                                                             const boost::json::object& input,
                                                             Caller caller);

// InitiateAuth and AdminInitiateAuth.
base::Result<boost::json::object> Initiate(Call& call, const boost::json::object& input,
                                           Caller caller);
// A refresh hashes nothing.
Lane InitiateLane(const boost::json::object& input);

// RespondToAuthChallenge and AdminRespondToAuthChallenge.
base::Result<boost::json::object> Respond(Call& call, const boost::json::object& input,
                                          Caller caller);

}  // namespace sallyport::operations
