#include <boost/json/value.hpp>

#include "operations/operation.h"
#include "operations/shared/client_description.h"
#include "operations/shared/named_resources.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunDescribeUserPoolClient(Call& call, const json::object& input) {
  const NamedClient named = kNamedClient.Read(input);
  SALLYPORT_ASSIGN(const auto client, GetClientOf(call.services, named.pool_id, named.client_id));
  SALLYPORT_ASSIGN(json::object type, UserPoolClientType(call.services.vault, *client));
  return json::object{{"UserPoolClient", std::move(type)}};
}

}  // namespace

const Operation kDescribeUserPoolClient{RunDescribeUserPoolClient};

}  // namespace sallyport::operations
