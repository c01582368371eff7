// Compiled by `check`, once for each CASE: 0 must compile, and all others must not.
#include "domain/records/commit.h"
#include "domain/tokens/revoke.h"
#include "domain/users/bulk_cut_off.h"
#include "operations/dispatcher.h"
#include "operations/operation.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {

base::Status SignOut(store::LogTx& tx, const domain::Pool&, domain::User& user) {
  return domain::RevokeAllFamilies(tx, user, 0);
}

#if CASE == 0  // What is right.
base::Result<Revoked> Run(Call& call, const api::AdminUserGlobalSignOutInput& input) {
  return RevokeNamedUser(call, NamedUser(input), SignOut);
}
const Operation<api::AdminUserGlobalSignOutInput> kAdminUserGlobalSignOut = MakeOperation<Run>();

#elif CASE == 2  // A success without a ticket: nobody was there to be revoked.
base::Result<Revoked> Run(Call& call, const api::AdminUserGlobalSignOutInput& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, input.user_pool_id()));
  return Revoked{};
}

#elif CASE == 3  // A ticket that no commit made.
store::Release MakeOne() {
  return store::Release(0);
}

#elif CASE == 4  // A revocation in a commit that gives no ticket.
base::Status Change(const domain::Services& services, domain::User& user) {
  return domain::Commit(services,
                        [&](store::Tx& tx) { return domain::RevokeAllFamilies(tx, user, 0); });
}

#elif CASE == 5  // Tokens of a sign-in, which may have evicted others, without a word of that.
Issued Answered(boost::json::object body) {
  return Issued{std::move(body)};
}

#elif CASE == 6  // An answer that does not say what it waits for.
Answer Answered() {
  return Answer();
}

#elif CASE == 7  // "Nothing to wait for", but not in so many words.
store::Wait Nothing() {
  return store::Wait();
}

#endif

}  // namespace sallyport::operations
