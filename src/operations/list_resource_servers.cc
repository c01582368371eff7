#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "domain/json.h"
#include "operations/operation.h"
#include "operations/shared/resource_server_shape.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

constexpr int64_t kMostResults = 50;

base::Result<json::object> RunListResourceServers(Call& call, const json::object& input) {
  SALLYPORT_ASSIGN(const auto pool, PoolOf(call, input));
  SALLYPORT_ASSIGN(const domain::ResourceServerPage page,
                   domain::ListResourceServers(
                       call.services, pool->id, domain::StringMember(input, "NextToken"),
                       static_cast<size_t>(domain::IntMember(input, "MaxResults", kMostResults))));
  json::array servers;
  for (const domain::ResourceServer& server : page.servers) {
    servers.push_back(ResourceServerType(server));
  }
  json::object answer{{"ResourceServers", std::move(servers)}};
  if (!page.next.empty()) answer["NextToken"] = page.next;
  return answer;
}

}  // namespace

const Operation kListResourceServers{RunListResourceServers};

}  // namespace sallyport::operations
