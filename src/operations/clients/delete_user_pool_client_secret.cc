// DeleteUserPoolClientSecret: deletes one of a confidential client's two secrets; the last one
// cannot be deleted.
#include <algorithm>
#include <string>

#include "domain/errors.h"
#include "domain/records/commit.h"
#include "operations/clients/client_description.h"
#include "operations/operation.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunDeleteUserPoolClientSecret(
    Call& call, const api::DeleteUserPoolClientSecretInput& input) {
  const std::string_view secret_id = input.client_secret_id();
  const auto remove = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(domain::Client client,
                     GetClientOf(tx, input.user_pool_id(), input.client_id()));
    const auto found =
        std::find_if(client.secrets.begin(), client.secrets.end(),
                     [&](const domain::ClientSecret& secret) { return secret.id == secret_id; });
    if (found == client.secrets.end()) {
      return domain::error::kNoSuchClientSecret(secret_id);
    }
    // A confidential client must not become a public one.
    if (client.secrets.size() == 1) {
      return domain::error::kLastClientSecret();
    }
    client.secrets.erase(found);
    client.modified_millis = call.services.clock.WallMillis();
    return domain::PutClient(tx, client);
  };
  SALLYPORT_TRY(domain::Commit(call.services, remove));
  return json::object();
}

}  // namespace

const Operation<api::DeleteUserPoolClientSecretInput> kDeleteUserPoolClientSecret =
    MakeOperation<RunDeleteUserPoolClientSecret>();

}  // namespace sallyport::operations
