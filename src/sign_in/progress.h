// Progress: how far a sign-in has come. The flow passes it to a step, and stores it in the
// ChallengeSession until the next call.
#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "domain/credentials/password_guesses.h"
#include "domain/credentials/shared_looks.h"
#include "domain/tokens/family.h"
#include "domain/tokens/issue.h"
#include "domain/users/user.h"

namespace sallyport::sign_in {

inline constexpr char kPlainTokenSource[] = "TokenGeneration_Authentication";

struct Progress {
  std::string name;  // as given at the beginning; where the session does not store it, as given now
  std::string user_id;  // UserIdOf
  std::string sub;      // random where there is no such user
  // As read in this call. nullopt: there is no such user. The caller is not told so, and no proof
  // is accepted.
  std::optional<domain::User> user;
  std::vector<domain::ProvedFactor> factors;  // in the order in which they were proved
  // What the proof changes in the user. It is applied by the commit that ends the call.
  domain::UserChange change;
  // The change sets the status to CONFIRMED, so the status in `user` no longer matters.
  bool confirms = false;
  // triggerSource for Pre Token Generation.
  std::string token_source = kPlainTokenSource;
  // The count of wrong passwords by which a proof of the password was accepted in this call.
  std::optional<domain::PasswordGuesses> guesses;
  // A look at the password that was right as far as this server knows; the commit that completes
  // the sign-in decides. Null: there is none.
  std::shared_ptr<domain::SharedLook> look;
  // What the step that asks needs when the answer comes. It is stored sealed: as bytes where the
  // client carries the session, as JSON members otherwise.
  std::string carried;
  boost::json::object state;
};

}  // namespace sallyport::sign_in
