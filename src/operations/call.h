// Call, and what an Operation makes of one: as the dispatcher and its users know it. An Operation
// itself needs operation.h, which has every input of the API.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <variant>

#include "base/result.h"
#include "domain/services.h"
#include "store/release.h"

namespace sallyport::domain {
struct AccessTokenCaller;  // user, pool, client and family that a checked access token names
}

namespace sallyport::operations {

// One call, after the dispatcher's checks.
struct Call {
  const domain::Services& services;
  std::string request_id;
  std::string source_ip;
  std::string user_agent;
  // Of the SigV4 credential scope; the settings' region for calls that are not signed.
  std::string region;
  // Set for the operations that are called with an access token (signature, family, user and scope
  // already checked).
  const domain::AccessTokenCaller* caller = nullptr;
};

// The success of an operation that revokes, also where nothing was left to revoke: there is none
// without what a commit says that it waits for.
struct Revoked {
  store::Release release;
  boost::json::object body = {};
};

// The success of an operation that signs in or refreshes, and so may have ended sessions.
struct Issued {
  boost::json::object body;
  store::Wait wait;
};

// Where a call runs. kHash: it computes a password hash or makes a key, and runs on few threads of
// low priority.
enum class Lane { kQuick, kHash };

// What becomes of members of the input that the model does not know. Cognito ignores them, which
// of a setting would mean that a misspelt one is a default: operations that set refuse them.
enum class UnknownMembers { kIgnored, kRefused };

// An Operation as the dispatcher calls it, whatever its input's type.
struct AnyOperation {
  // `input` satisfies the model's constraints. The success has the answer's body.
  template <typename Success>
  using Function = base::Result<Success> (*)(Call& call, const boost::json::object& input);
  // What the function's type says of the answer:
  // object: the operation cannot revoke, and nothing is waited for.
  // Revoked: the answer waits, whatever it is ("Access Token has been revoked", too): a success for
  //   its Release, an error for a Barrier.
  // Issued: a success waits where it says so; an error of the function for a Barrier.
  std::variant<Function<boost::json::object>, Function<Revoked>, Function<Issued>> run;
  // nullptr: kQuick.
  Lane (*lane)(const boost::json::object& input) = nullptr;
  UnknownMembers unknown_members = UnknownMembers::kIgnored;
};

}  // namespace sallyport::operations
