#include <boost/json/value.hpp>

#include "domain/commit.h"
#include "domain/record.h"
#include "operations/operation.h"
#include "operations/shared/client_description.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

struct ChangedClient {
  std::string pool_id;
  std::string id;
  std::string name;  // empty: it keeps its name
};
constexpr auto kChangedClient =
    domain::RecordOf<ChangedClient>(domain::Member("UserPoolId", &ChangedClient::pool_id),
                                    domain::Member("ClientId", &ChangedClient::id),
                                    domain::Member("ClientName", &ChangedClient::name));

base::Result<json::object> RunUpdateUserPoolClient(Call& call, const json::object& input) {
  const ChangedClient changed = kChangedClient.Read(input);
  json::object updated;
  const auto update = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const domain::Pool pool, domain::GetPool(tx, changed.pool_id));
    SALLYPORT_ASSIGN(domain::Client client, GetClientOf(tx, changed.pool_id, changed.id));
    SALLYPORT_TRY(DescribeClient(tx, input, pool, client));
    if (!changed.name.empty()) client.name = changed.name;
    client.modified_millis = call.services.clock.WallMillis();
    SALLYPORT_ASSIGN(updated, UserPoolClientType(call.services.vault, client));
    return domain::PutClient(tx, client);
  };
  SALLYPORT_TRY(domain::Commit(call.services, update));
  return json::object{{"UserPoolClient", std::move(updated)}};
}

}  // namespace

const Operation kUpdateUserPoolClient{RunUpdateUserPoolClient, nullptr, UnknownMembers::kRefused};

}  // namespace sallyport::operations
