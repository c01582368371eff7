#include "domain/users/user_removal.h"

#include "domain/credentials/code.h"
#include "domain/credentials/password.h"
#include "domain/credentials/password_guesses.h"
#include "domain/users/group.h"
#include "domain/users/user.h"

namespace sallyport::domain {

base::Status DeleteUser(store::Tx& tx, const Pool& pool, const User& user) {
  SALLYPORT_TRY(DeleteMemberships(tx, user));
  SALLYPORT_TRY(DeletePassword(tx, user));
  SALLYPORT_TRY(DeletePasswordCounts(tx, user));
  SALLYPORT_TRY(DeleteCodes(tx, user));
  return DeleteAnchor(tx, pool, user);
}

}  // namespace sallyport::domain
