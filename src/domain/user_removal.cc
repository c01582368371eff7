#include "domain/user_removal.h"

#include "domain/code.h"
#include "domain/group.h"
#include "domain/password.h"
#include "domain/password_guesses.h"
#include "domain/user.h"

namespace sallyport::domain {

base::Status DeleteUser(store::Tx& tx, const Pool& pool, const User& user) {
  SALLYPORT_TRY(DeleteMemberships(tx, user));
  SALLYPORT_TRY(DeletePassword(tx, user));
  SALLYPORT_TRY(DeletePasswordCounts(tx, user));
  SALLYPORT_TRY(DeleteCodes(tx, user));
  return DeleteAnchor(tx, pool, user);
}

}  // namespace sallyport::domain
