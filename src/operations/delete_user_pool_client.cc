#include "domain/commit.h"
#include "domain/json.h"
#include "domain/revoke.h"
#include "operations/operation.h"
#include "operations/shared/client_description.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<Revoked> RunDeleteUserPoolClient(Call& call, const json::object& input) {
  auto remove = [&](store::LogTx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const domain::Client client,
                     GetClientOf(tx, domain::StringMember(input, "UserPoolId"),
                                 domain::StringMember(input, "ClientId")));
    SALLYPORT_TRY(domain::RevokeClient(tx, client.id, call.services.clock.WallSeconds()));
    return domain::DeleteClient(tx, client.id);
  };
  SALLYPORT_ASSIGN(const store::Release release, domain::CommitRevoking(call.services, remove));
  return Revoked{release};
}

}  // namespace

const Operation kDeleteUserPoolClient{.run = RunDeleteUserPoolClient};

}  // namespace sallyport::operations
