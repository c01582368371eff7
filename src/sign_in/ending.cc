#include "sign_in/ending.h"

namespace sallyport::sign_in {

base::Status TokensEnding::Complete(const domain::Services& services,
                                    const domain::SignIn& sign_in) {
  SALLYPORT_ASSIGN(issued_, domain::CompleteSignIn(services, sign_in));
  return {};
}

}  // namespace sallyport::sign_in
