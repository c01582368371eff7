// Progress: how far a sign-in has come. The flow hands it to a step, and keeps it in the
// ChallengeSession until the next one.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <vector>

#include "domain/tokens/family.h"
#include "domain/tokens/issue.h"
#include "domain/users/user.h"

namespace sallyport::sign_in {

inline constexpr char kPlainTokenSource[] = "TokenGeneration_Authentication";

struct Progress {
  std::string name;     // as given when it began; where the session does not keep it, as given now
  std::string user_id;  // UserIdOf
  std::string sub;      // random where there is no such user
  // As read in this call. nullopt: nobody, which is not told: no proof is right.
  std::optional<domain::User> user;
  std::vector<domain::ProvedFactor> factors;  // in the order in which they were proved
  // What the proof changes in the user: in the commit that ends the call, whatever that is.
  domain::UserChange change;
  bool confirms = false;  // the change gives the status CONFIRMED: that of `user` counts no more
  // triggerSource of Pre Token Generation.
  std::string token_source = kPlainTokenSource;
  // Of the step that asks, for when it is answered; kept sealed. Bytes where the client carries the
  // session, members otherwise.
  std::string carried;
  boost::json::object state;
};

}  // namespace sallyport::sign_in
