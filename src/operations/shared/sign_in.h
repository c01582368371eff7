// What the sign-in operations share: flows, the password, challenges, and their answers.
#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/client.h"
#include "domain/device.h"
#include "domain/issue.h"
#include "domain/pool.h"
#include "operations/operation.h"

namespace sallyport::operations {

enum class Caller { kClient, kAdmin };

// The client of member ClientId; of an admin's call, of the pool of member UserPoolId.
// ResourceNotFoundException.
base::Result<std::shared_ptr<const domain::Client>> ClientOf(const Call& call,
                                                             const boost::json::object& input,
                                                             Caller caller);

// InitiateAuth and AdminInitiateAuth.
base::Result<Issued> Initiate(Call& call, const boost::json::object& input, Caller caller);
// A refresh hashes nothing. SRP's first step takes three exponentiations, three times a refresh's
// two signatures: it yields to those who have signed in.
Lane InitiateLane(const boost::json::object& input);

// RespondToAuthChallenge and AdminRespondToAuthChallenge.
base::Result<Issued> Respond(Call& call, const boost::json::object& input, Caller caller);
// SRP's second step hashes nothing.
Lane RespondLane(const boost::json::object& input);

// ---- Between the files of this step.

// Post Authentication, then domain::CompleteSignIn for this call, whose answer then waits for what
// the sign-in evicted.
base::Result<Issued> Complete(Call& call, domain::SignIn sign_in);

// The next challenge of a sign-in, which has ended no session yet.
Issued Asked(boost::json::object challenge);

// Who made the call.
inline domain::Peer PeerOf(const Call& call) {
  return {call.source_ip, call.user_agent};
}

// The user has proved the password: the next challenge, or the tokens. Where `sign_in.also` is set
// it is a part of the commit either way.
base::Result<Issued> ContinueSignIn(Call& call, domain::SignIn sign_in);

// Challenge PASSWORD_VERIFIER for the one whom `name` names, or for nobody where the client hides
// who exists. `flow`: what its answer hands to ContinueCustom; empty: it is a sign-in by SRP alone.
base::Result<Issued> AskSrp(const Call& call, const domain::Pool& pool,
                            const domain::Client& client, std::string_view name,
                            std::string_view client_value, std::string flow);
// USERNAME and USER_ID_FOR_SRP of a challenge; `user` is nullptr where nobody has that name.
std::string UserIdFor(const domain::Services& services, const domain::Pool& pool,
                      const domain::User* user, std::string_view name);
// USER_SRP_AUTH.
base::Result<Issued> InitiateSrp(const Call& call, std::shared_ptr<const domain::Client> client,
                                 const boost::json::object& parameters,
                                 const boost::json::object& client_metadata);
// The answer to it.
base::Result<Issued> RespondSrp(Call& call, std::shared_ptr<const domain::Client> client,
                                const boost::json::object& responses,
                                const boost::json::object& client_metadata);

// A member of AuthParameters or ChallengeResponses that cannot be done without:
// InvalidParameterException "Missing required parameter {name}".
base::Result<std::string_view> RequiredParameter(const boost::json::object& parameters,
                                                 std::string_view name);
// How long a challenge of this client may be answered.
int64_t ChallengeMillis(const domain::Client& client);

}  // namespace sallyport::operations
