// CUSTOM_AUTH: a sign-in whose steps the pool's functions define, create and verify.
//
// Source: "Custom authentication challenge Lambda triggers", Amazon Cognito developer guide.
//
// What a flow has gone through travels between its steps sealed: in the record of its
// CUSTOM_CHALLENGE, or in the SECRET_BLOCK of its PASSWORD_VERIFIER. An answer uses up its session
// by a commit of its own before any function is called, so that of many guesses at one challenge
// one is verified, whatever the function's timing; a function that fails ends the flow.
#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/client.h"
#include "operations/operation.h"
#include "operations/shared/sign_in.h"

namespace sallyport::operations {

inline constexpr std::string_view kCustomChallenge = "CUSTOM_CHALLENGE";

// `client_metadata` is for Pre Authentication: AWS hands the challenges' functions that of answers
// alone. InvalidParameterException where the pool has no Define Auth Challenge.
base::Result<Issued> InitiateCustom(Call& call, std::shared_ptr<const domain::Client> client,
                                    const boost::json::object& parameters,
                                    const boost::json::object& client_metadata);

// The answer to a CUSTOM_CHALLENGE. A wrong one is for Define Auth Challenge to judge.
base::Result<Issued> RespondCustom(Call& call, std::shared_ptr<const domain::Client> client,
                                   std::string_view session, const boost::json::object& responses,
                                   const boost::json::object& client_metadata);

// The user has proved the password within the custom flow that AskSrp was given. `sign_in` has its
// client_metadata.
base::Result<Issued> ContinueCustom(Call& call, domain::SignIn sign_in, std::string_view flow);

}  // namespace sallyport::operations
