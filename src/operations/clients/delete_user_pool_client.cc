// DeleteUserPoolClient: deletes an app client. Every token of the client is revoked, and the answer
// waits until every gate refuses them.
#include "domain/records/commit.h"
#include "domain/tokens/revoke.h"
#include "operations/clients/client_description.h"
#include "operations/operation.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<Revoked> RunDeleteUserPoolClient(Call& call,
                                              const api::DeleteUserPoolClientInput& input) {
  auto remove = [&](store::LogTx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const domain::Client client,
                     GetClientOf(tx, input.user_pool_id(), input.client_id()));
    SALLYPORT_TRY(domain::RevokeClient(tx, client.id, call.services.clock.WallSeconds()));
    return domain::DeleteClient(tx, client.id);
  };
  SALLYPORT_ASSIGN(const store::Release release, domain::CommitRevoking(call.services, remove));
  return Revoked{release};
}

}  // namespace

const Operation<api::DeleteUserPoolClientInput> kDeleteUserPoolClient =
    MakeOperation<RunDeleteUserPoolClient>();

}  // namespace sallyport::operations
