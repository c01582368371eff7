#include "sign_in/steps/step.h"

#include <utility>

namespace sallyport::sign_in {

base::Error Incorrect() {
  return {"NotAuthorizedException", "Incorrect username or password.", ""};
}

base::Error Disabled() {
  return {"NotAuthorizedException", "User is disabled.", ""};
}

base::Error NotConfirmed() {
  return {"UserNotConfirmedException", "User is not confirmed.", ""};
}

base::Error InvalidSession(std::string cause) {
  return {"NotAuthorizedException", "Invalid session for the user.", std::move(cause)};
}

base::Error NoSuchUser() {
  return {"UserNotFoundException", "User does not exist.", ""};
}

}  // namespace sallyport::sign_in
