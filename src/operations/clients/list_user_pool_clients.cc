// ListUserPoolClients: lists the app clients of a pool, or those of one type, in the order of their
// creation.
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "domain/clients/client.h"
#include "domain/pools/pool.h"
#include "operations/operation.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

constexpr int64_t kMostClientsAtOnce = 60;

base::Result<json::object> RunListUserPoolClients(Call& call,
                                                  const api::ListUserPoolClientsInput& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, input.user_pool_id()));
  SALLYPORT_ASSIGN(const domain::ClientPage page,
                   domain::ListClients(call.services, pool->id, input.next_token(),
                                       static_cast<size_t>(input.max_results(kMostClientsAtOnce))));
  // No app can register itself here, so no client has the type DCR.
  const bool none = input.client_type() == api::ClientTypeType::kDcr;
  json::array clients;
  for (const domain::Client& client : page.clients) {
    if (none) break;
    clients.push_back(json::object{
        {"ClientId", client.id}, {"UserPoolId", client.pool_id}, {"ClientName", client.name}});
  }
  json::object answer{{"UserPoolClients", std::move(clients)}};
  if (!page.next.empty()) answer["NextToken"] = page.next;
  return answer;
}

}  // namespace

const Operation<api::ListUserPoolClientsInput> kListUserPoolClients =
    MakeOperation<RunListUserPoolClients>();

}  // namespace sallyport::operations
