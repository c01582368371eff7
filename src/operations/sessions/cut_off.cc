#include "operations/sessions/cut_off.h"

#include "domain/tokens/revoke.h"
#include "domain/users/user_removal.h"

namespace sallyport::operations {

base::Status DisableUser(store::LogTx& tx, const domain::Pool& pool, domain::User& user,
                         int64_t now_millis) {
  if (user.enabled) {
    user.enabled = false;
    user.modified_millis = now_millis;
    SALLYPORT_TRY(domain::UpdateUser(tx, pool, user));
  }
  return domain::RevokeAllFamilies(tx, user, now_millis / 1000);
}

base::Status RemoveUser(store::LogTx& tx, const domain::Pool& pool, domain::User& user,
                        int64_t now_millis) {
  SALLYPORT_TRY(domain::RevokeAllFamilies(tx, user, now_millis / 1000));
  return domain::DeleteUser(tx, pool, user);
}

}  // namespace sallyport::operations
