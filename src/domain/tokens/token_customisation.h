// Pre Token Generation: a function of the pool may change tokens before they are signed.
//
// It cannot change the claims on which gates and revocation rely: those stay as they are, whatever
// the function answers, as in AWS. Source: "Pre token generation Lambda trigger", Amazon Cognito
// developer guide.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/clients/client.h"
#include "domain/pools/pool.h"
#include "domain/services.h"
#include "domain/users/group.h"
#include "domain/users/user.h"

namespace sallyport::domain {

struct TokenKey;

// The tokens that the function is asked about. What it refers to must outlive the call.
struct TokenEvent {
  const Pool& pool;
  const Client& client;
  std::string_view source;  // triggerSource, for example "TokenGeneration_Authentication"
  const User* user;         // nullptr: a client's token for itself
  const Groups& groups;     // the user's
  std::string_view scope;   // of the access token, space-separated
  const boost::json::object& client_metadata;
  std::string_view user_agent;  // the caller's
};

// The function's answer, checked for its form.
struct TokenChanges {
  struct Claims {
    boost::json::object add;
    std::vector<std::string> suppress;  // applied after `add`, and so stronger
  };
  // Replaces what the user's groups would give. A member that is empty leaves its claim out.
  struct GroupClaims {
    boost::json::array groups;
    boost::json::array roles;
    std::string preferred_role;
  };
  Claims id;
  Claims access;
  std::vector<std::string> scopes_to_add;
  std::vector<std::string> scopes_to_suppress;  // applied after `scopes_to_add`, and so stronger
  std::optional<GroupClaims> groups;
};

// Asks the pool's function. nullopt, at no cost, where the pool has none; for a client's token for
// itself only a function of version V3_0 is asked. Errors: those of CallHook, and
// InvalidLambdaResponseException where a member of the answer has the wrong type.
//
// It may take seconds: the caller must read again whatever it has read before.
base::Result<std::optional<TokenChanges>> AskTokenChanges(const Services& services,
                                                          const TokenEvent& event);

// Reads event.response of a function of that version (1, 2, 3). InvalidLambdaResponseException.
base::Result<TokenChanges> ReadTokenChanges(const boost::json::object& response, int version);

// `claims`: all claims that the token would have.
void ChangeIdToken(const TokenChanges& changes, boost::json::object& claims);
void ChangeAccessToken(const TokenChanges& changes, boost::json::object& claims);

// InvalidLambdaResponseException where no gate could read the token after the changes: it is too
// long, or a claim has the wrong type. Such a token is not issued.
base::Status CheckReadable(const TokenKey& key, std::string_view token);

}  // namespace sallyport::domain
