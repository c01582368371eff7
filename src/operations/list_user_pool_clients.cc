#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "domain/client.h"
#include "domain/json.h"
#include "domain/pool.h"
#include "operations/operation.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

constexpr int64_t kMostResults = 60;

base::Result<json::object> RunListUserPoolClients(Call& call, const json::object& input) {
  SALLYPORT_ASSIGN(const auto pool,
                   domain::GetPool(call.services, domain::StringMember(input, "UserPoolId")));
  SALLYPORT_ASSIGN(const domain::ClientPage page,
                   domain::ListClients(
                       call.services, pool->id, domain::StringMember(input, "NextToken"),
                       static_cast<size_t>(domain::IntMember(input, "MaxResults", kMostResults))));
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

const Operation<json::object> kListUserPoolClients = MakeOperation<RunListUserPoolClients>();

}  // namespace sallyport::operations
