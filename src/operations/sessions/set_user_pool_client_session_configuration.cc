// SetUserPoolClientSessionConfiguration: sets for how long a sign-in at this client may be reused
// by another one.
#include "domain/records/commit.h"
#include "operations/clients/client_description.h"
#include "operations/operation.h"
#include "operations/sessions/session_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunSetUserPoolClientSessionConfiguration(
    Call& call, const api::SetUserPoolClientSessionConfigurationInput& input) {
  const std::string_view pool_id = input.user_pool_id();
  json::object answer;
  const auto set = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(domain::Pool pool, domain::GetPool(tx, pool_id));
    SALLYPORT_ASSIGN(domain::Client client, GetClientOf(tx, pool_id, input.client_id()));
    SALLYPORT_TRY(CheckSessionTier(pool));
    SALLYPORT_TRY(CheckTracked(pool));
    client.sso_minutes = input.sso_session().max_validity_minutes();
    client.modified_millis = call.services.clock.WallMillis();
    answer = ClientSessionConfiguration(client);
    if (pool.greatest_sso_minutes < client.sso_minutes) {
      pool.greatest_sso_minutes = client.sso_minutes;
      SALLYPORT_TRY(domain::PutPool(tx, pool));
    }
    return domain::PutClient(tx, client);
  };
  SALLYPORT_TRY(domain::Commit(call.services, set));
  return answer;
}

}  // namespace

const Operation<api::SetUserPoolClientSessionConfigurationInput>
    kSetUserPoolClientSessionConfiguration =
        MakeOperation<RunSetUserPoolClientSessionConfiguration>(UnknownMembers::kRefused);

}  // namespace sallyport::operations
