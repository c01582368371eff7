// DescribeUserPoolClient: shows an administrator an app client with all its settings and its oldest
// secret.
#include <boost/json/value.hpp>

#include "operations/clients/client_description.h"
#include "operations/operation.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunDescribeUserPoolClient(
    Call& call, const api::DescribeUserPoolClientInput& input) {
  SALLYPORT_ASSIGN(const auto client,
                   GetClientOf(call.services, input.user_pool_id(), input.client_id()));
  SALLYPORT_ASSIGN(json::object type, UserPoolClientType(call.services.vault, *client));
  return json::object{{"UserPoolClient", std::move(type)}};
}

}  // namespace

const Operation<api::DescribeUserPoolClientInput> kDescribeUserPoolClient =
    MakeOperation<RunDescribeUserPoolClient>();

}  // namespace sallyport::operations
