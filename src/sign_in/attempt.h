// Attempt: one call of a sign-in, whether it begins the sign-in or continues it.
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
#include "store/remembering.h"

namespace sallyport::sign_in {

// Everything that it refers to must outlive the call.
struct Attempt {
  const domain::Services& services;
  std::shared_ptr<const domain::Pool> pool;
  std::shared_ptr<const domain::Client> client;
  domain::ContextData context;
  // What the app passes to the pool's functions; nullptr: nothing.
  const boost::json::object* metadata = nullptr;
  // What the call has read of the user before; nullptr: nothing. For what the commit checks again
  // (domain::WriteProof), and for the lock-out, which is judged anew after the proof.
  store::Remembering* begun = nullptr;
};

// For how long a challenge of this client may be answered.
int64_t ChallengeMillis(const domain::Client& client);

// The user name with which a challenge tells the client to compute. For a name that nobody has
// (`user` is nullptr) it is one of the form that it would have if the user existed.
std::string UserIdOf(const Attempt& attempt, const domain::User* user, std::string_view name);

}  // namespace sallyport::sign_in
