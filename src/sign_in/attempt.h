// Attempt: a call that signs somebody in, whatever it begins or answers.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <memory>
#include <string_view>

#include "domain/clients/client.h"
#include "domain/pools/pool.h"
#include "domain/services.h"
#include "domain/tokens/device.h"
#include "domain/users/user.h"

namespace sallyport::sign_in {

// All that is referred to outlives the call.
struct Attempt {
  const domain::Services& services;
  std::shared_ptr<const domain::Pool> pool;
  std::shared_ptr<const domain::Client> client;
  domain::ContextData context;
  // What the app hands to the pool's functions; nullptr: nothing.
  const boost::json::object* metadata = nullptr;
};

// How long a challenge of this client may be answered.
int64_t ChallengeMillis(const domain::Client& client);

// The user name that a challenge tells the client to compute with: the user's own, or of a name
// that nobody has (`user` is nullptr) one of the form that it would have if somebody had it.
std::string UserIdOf(const Attempt& attempt, const domain::User* user, std::string_view name);

}  // namespace sallyport::sign_in
