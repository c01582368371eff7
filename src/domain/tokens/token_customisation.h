// Pre Token Generation: what a pool's function changes of tokens before they are signed.
//
// What gates and revocation stand on is no function's to change: those claims are left as they are,
// as AWS leaves them, whatever the function answers. Source: "Pre token generation Lambda trigger",
// Amazon Cognito developer guide.
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

// Of what tokens the function is asked. What it refers to outlives the call.
struct TokenEvent {
  const Pool& pool;
  const Client& client;
  std::string_view source;  // triggerSource: "TokenGeneration_Authentication"
  const User* user;         // nullptr: the client's token for itself
  const Groups& groups;     // the user's
  std::string_view scope;   // of the access token, space-separated
  const boost::json::object& client_metadata;
  std::string_view user_agent;  // of the caller
};

// The function's answer, well-formed.
struct TokenChanges {
  struct Claims {
    boost::json::object add;
    std::vector<std::string> suppress;  // wins over `add`
  };
  // Takes the place of what the user's groups say; an empty member leaves its claim out.
  struct GroupClaims {
    boost::json::array groups;
    boost::json::array roles;
    std::string preferred_role;
  };
  Claims id;
  Claims access;
  std::vector<std::string> scopes_to_add;
  std::vector<std::string> scopes_to_suppress;  // win over `scopes_to_add`
  std::optional<GroupClaims> groups;
};

// What a pool without the function gets, at no cost: nullopt.
// A client's token for itself is a matter for V3_0 only. Errors: CallHook's, and
// InvalidLambdaResponseException where a member of the answer is not of its type.
//
// It may take seconds: whatever the caller has read before is to be read again.
base::Result<std::optional<TokenChanges>> AskTokenChanges(const Services& services,
                                                          const TokenEvent& event);

// event.response of a function of that version (1, 2, 3). InvalidLambdaResponseException.
base::Result<TokenChanges> ReadTokenChanges(const boost::json::object& response, int version);

// `claims`: all that the token would say.
void ChangeIdToken(const TokenChanges& changes, boost::json::object& claims);
void ChangeAccessToken(const TokenChanges& changes, boost::json::object& claims);

// A token of changed claims that no gate could read (too long, a claim of the wrong type) is not
// issued: InvalidLambdaResponseException.
base::Status CheckReadable(const TokenKey& key, std::string_view token);

}  // namespace sallyport::domain
