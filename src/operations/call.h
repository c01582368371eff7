// Call, and what an Operation answers, for the dispatcher and its users. An Operation itself
// includes operation.h, which has every input of the API.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <variant>

#include "base/result.h"
#include "domain/services.h"
#include "store/read_ahead.h"
#include "store/release.h"
#include "store/remembering.h"
#include "store/store.h"

namespace sallyport::domain {
struct AccessTokenCaller;  // the user, pool, client and family of a verified access token
}

namespace sallyport::operations {

// A call that has passed the dispatcher's checks.
struct Call {
  const domain::Services& services;
  std::string request_id;
  std::string source_ip;
  std::string user_agent;
  // From the SigV4 credential scope; for calls that are not signed, the region in the settings.
  std::string region;
  // Set for operations that are called with an access token. Its signature, family, user and scope
  // have been checked.
  const domain::AccessTokenCaller* caller = nullptr;
  // The call was made on a sign-in page, and such pages do not reveal who has an account.
  bool on_page = false;
  // What the call reads first, for stores in which each read is a round trip (store/read_ahead.h):
  // the client, the pool, and which user has the name. It is read once, by whichever needs it
  // first: the check of that user's quota, which precedes the operation, or the operation itself.
  store::Expecting ahead = {};
  store::Remembering begun{services.store};
  // The reader for those reads. In a store in which a read costs nothing, they are not remembered.
  store::Reader& begun_reader() {
    if (services.store.read_ahead() == nullptr) return services.store;
    return begun;
  }
};

// The success of an operation that revokes, even if nothing was left to revoke. It can only be made
// with the Release of a commit, for which the answer waits.
struct Revoked {
  store::Release release;
  boost::json::object body = {};
};

// The success of an operation that signs in or refreshes, which may have ended other sessions.
struct Issued {
  boost::json::object body;
  store::Wait wait;
};

// Where a call runs. kHash: it computes a password hash or makes a key, so it runs on a few threads
// of low priority.
enum class Lane { kQuick, kHash };

// What happens with members of the input that the model does not know. Cognito ignores them. For a
// setting that would mean that a misspelt one silently has its default, so operations that set
// something refuse them.
enum class UnknownMembers { kIgnored, kRefused };

// An Operation in the form in which the dispatcher calls it, whatever the type of its input.
struct AnyOperation {
  // `input` satisfies the model's constraints. The success contains the answer's body.
  template <typename Success>
  using Function = base::Result<Success> (*)(Call& call, const boost::json::object& input);
  // The type of the function says what the answer has to wait for:
  // - object: the operation cannot revoke, and the answer waits for nothing.
  // - Revoked: every answer waits, even an error such as "Access Token has been revoked": a success
  //   for its Release, an error for a Barrier.
  // - Issued: a success waits if it says so; an error of the function waits for a Barrier.
  std::variant<Function<boost::json::object>, Function<Revoked>, Function<Issued>> run;
  // nullptr means kQuick.
  Lane (*lane)(const boost::json::object& input) = nullptr;
  UnknownMembers unknown_members = UnknownMembers::kIgnored;
};

}  // namespace sallyport::operations
