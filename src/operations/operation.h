// Operation: what one file of this folder defines, and what it gets.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "domain/services.h"

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
  // The answer, whatever it is, waits until the RevocationLog up to here is released. Set it from
  // Committed::head by every operation that revokes, also when it changed nothing or fails.
  uint64_t await_release = 0;
};

// Where a call runs. kHash: it computes a password hash or makes a key, and runs on few threads of
// low priority.
enum class Lane { kQuick, kHash };

// Each file `initiate_auth.cc` defines `const Operation kInitiateAuth` (declared in the generated
// header below); the table is generated from the file names.
struct Operation {
  // `input` satisfies the model's constraints. The result is the answer's body.
  base::Result<boost::json::object> (*run)(Call& call, const boost::json::object& input);
  // nullptr: kQuick.
  Lane (*lane)(const boost::json::object& input) = nullptr;
  // It can revoke. Whatever it answers ("Access Token has been revoked", too) waits for the
  // RevocationLog: the dispatcher sees to it where `run` did not.
  bool revokes = false;
};

}  // namespace sallyport::operations

#include "operations_model/declarations.h"
