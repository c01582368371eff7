#include <boost/json/value.hpp>

#include "domain/commit.h"
#include "domain/json.h"
#include "operations/operation.h"
#include "operations/shared/client_description.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunUpdateUserPoolClient(Call& call, const json::object& input) {
  json::object updated;
  const auto update = [&](store::Tx& tx) -> base::Status {
    std::string_view pool_id = domain::StringMember(input, "UserPoolId");
    SALLYPORT_ASSIGN(const domain::Pool pool, domain::GetPool(tx, pool_id));
    SALLYPORT_ASSIGN(domain::Client client,
                     GetClientOf(tx, pool_id, domain::StringMember(input, "ClientId")));
    SALLYPORT_TRY(DescribeClient(tx, input, pool, client));
    if (std::string_view name = domain::StringMember(input, "ClientName"); !name.empty()) {
      client.name = name;
    }
    client.modified_millis = call.services.clock.WallMillis();
    SALLYPORT_ASSIGN(updated, UserPoolClientType(call.services.vault, client));
    return domain::PutClient(tx, client);
  };
  SALLYPORT_TRY(domain::Commit(call.services, update));
  return json::object{{"UserPoolClient", std::move(updated)}};
}

}  // namespace

const Operation<json::object> kUpdateUserPoolClient = MakeOperation<RunUpdateUserPoolClient>();

}  // namespace sallyport::operations
