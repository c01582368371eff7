#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "domain/client.h"
#include "domain/pool.h"
#include "operations/operation.h"
#include "operations/shared/named_resources.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunListUserPoolClients(Call& call, const json::object& input) {
  const NamedPage asked = kNamedPage.Read(input);
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, kNamedPool.Read(input).pool_id));
  SALLYPORT_ASSIGN(const domain::ClientPage page,
                   domain::ListClients(call.services, pool->id, asked.next_token,
                                       static_cast<size_t>(asked.most_results)));
  json::array clients;
  for (const domain::Client& client : page.clients) {
    clients.push_back(json::object{
        {"ClientId", client.id}, {"UserPoolId", client.pool_id}, {"ClientName", client.name}});
  }
  json::object answer{{"UserPoolClients", std::move(clients)}};
  if (!page.next.empty()) answer["NextToken"] = page.next;
  return answer;
}

}  // namespace

const Operation kListUserPoolClients{RunListUserPoolClients};

}  // namespace sallyport::operations
