#include <boost/json/value.hpp>

#include "domain/json.h"
#include "operations/operation.h"
#include "operations/shared/client_description.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunDescribeUserPoolClient(Call& call, const json::object& input) {
  SALLYPORT_ASSIGN(const auto client,
                   GetClientOf(call.services, domain::StringMember(input, "UserPoolId"),
                               domain::StringMember(input, "ClientId")));
  SALLYPORT_ASSIGN(json::object type, UserPoolClientType(call.services.vault, *client));
  return json::object{{"UserPoolClient", std::move(type)}};
}

}  // namespace

const Operation<json::object> kDescribeUserPoolClient = MakeOperation<RunDescribeUserPoolClient>();

}  // namespace sallyport::operations
