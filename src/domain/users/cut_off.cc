#include "domain/users/cut_off.h"

#include "domain/tokens/revoke.h"
#include "domain/users/user_removal.h"

namespace sallyport::domain {

base::Status DisableUser(store::LogTx& tx, const Pool& pool, User& user, int64_t now_millis) {
  if (user.enabled) {
    user.enabled = false;
    user.modified_millis = now_millis;
    SALLYPORT_TRY(UpdateUser(tx, pool, user));
  }
  return RevokeAllFamilies(tx, user, now_millis / 1000);
}

base::Status RemoveUser(store::LogTx& tx, const Pool& pool, User& user, int64_t now_millis) {
  SALLYPORT_TRY(RevokeAllFamilies(tx, user, now_millis / 1000));
  return DeleteUser(tx, pool, user);
}

}  // namespace sallyport::domain
