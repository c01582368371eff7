#include "domain/json.h"
#include "operations/operation.h"
#include "operations/shared/client_description.h"
#include "operations/shared/session_shapes.h"

namespace sallyport::operations {
namespace {

base::Result<boost::json::object> RunGetUserPoolClientSessionConfiguration(
    Call& call, const boost::json::object& input) {
  SALLYPORT_ASSIGN(const auto client,
                   GetClientOf(call.services, domain::StringMember(input, "UserPoolId"),
                               domain::StringMember(input, "ClientId")));
  return ClientSessionConfiguration(*client);
}

}  // namespace

const Operation kGetUserPoolClientSessionConfiguration{RunGetUserPoolClientSessionConfiguration};

}  // namespace sallyport::operations
