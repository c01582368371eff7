#include "domain/commit.h"
#include "domain/json.h"
#include "operations/operation.h"
#include "operations/shared/client_description.h"
#include "operations/shared/session_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunSetUserPoolClientSessionConfiguration(Call& call,
                                                                    const json::object& input) {
  const json::object* session = domain::ObjectMember(input, "SSOSession");
  const int64_t minutes = domain::IntMember(*session, "MaxValidityMinutes");
  const std::string_view pool_id = domain::StringMember(input, "UserPoolId");
  json::object answer;
  const auto set = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const domain::Pool pool, domain::GetPool(tx, pool_id));
    SALLYPORT_ASSIGN(domain::Client client,
                     GetClientOf(tx, pool_id, domain::StringMember(input, "ClientId")));
    SALLYPORT_TRY(CheckSessionTier(pool));
    SALLYPORT_TRY(CheckTracked(pool));
    client.sso_minutes = minutes;
    client.modified_millis = call.services.clock.WallMillis();
    answer = ClientSessionConfiguration(client);
    return domain::PutClient(tx, client);
  };
  SALLYPORT_TRY(domain::Commit(call.services, set));
  return answer;
}

}  // namespace

const Operation kSetUserPoolClientSessionConfiguration{RunSetUserPoolClientSessionConfiguration};

}  // namespace sallyport::operations
