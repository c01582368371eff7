// ListResourceServers: lists the resource servers of a pool in the order of their identifiers.
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "operations/operation.h"
#include "operations/pools/resource_server_shape.h"
#include "operations/users/user_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

constexpr int64_t kMostResults = 50;

base::Result<json::object> RunListResourceServers(Call& call,
                                                  const api::ListResourceServersInput& input) {
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, input.user_pool_id()));
  SALLYPORT_ASSIGN(
      const domain::ResourceServerPage page,
      domain::ListResourceServers(call.services, pool->id, input.next_token(),
                                  static_cast<size_t>(input.max_results(kMostResults))));
  json::array servers;
  for (const domain::ResourceServer& server : page.servers) {
    servers.push_back(ResourceServerType(server));
  }
  json::object answer{{"ResourceServers", std::move(servers)}};
  if (!page.next.empty()) answer["NextToken"] = page.next;
  return answer;
}

}  // namespace

const Operation<api::ListResourceServersInput> kListResourceServers =
    MakeOperation<RunListResourceServers>();

}  // namespace sallyport::operations
