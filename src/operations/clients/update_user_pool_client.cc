// UpdateUserPoolClient: replaces the settings of an app client. A setting that is not given goes
// back to its default, as in Cognito.
#include <boost/json/value.hpp>

#include "domain/records/commit.h"
#include "operations/clients/client_description.h"
#include "operations/operation.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunUpdateUserPoolClient(Call& call,
                                                   const api::UpdateUserPoolClientInput& input) {
  json::object updated;
  const auto update = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const domain::Pool pool, domain::GetPool(tx, input.user_pool_id()));
    SALLYPORT_ASSIGN(domain::Client client,
                     GetClientOf(tx, input.user_pool_id(), input.client_id()));
    SALLYPORT_TRY(DescribeClient(tx, input.json(), pool, client));
    if (!input.client_name().empty()) client.name = input.client_name();
    client.modified_millis = call.services.clock.WallMillis();
    SALLYPORT_ASSIGN(updated, UserPoolClientType(call.services.vault, client));
    return domain::PutClient(tx, client);
  };
  SALLYPORT_TRY(domain::Commit(call.services, update));
  return json::object{{"UserPoolClient", std::move(updated)}};
}

}  // namespace

const Operation<api::UpdateUserPoolClientInput> kUpdateUserPoolClient =
    MakeOperation<RunUpdateUserPoolClient>(UnknownMembers::kRefused);

}  // namespace sallyport::operations
