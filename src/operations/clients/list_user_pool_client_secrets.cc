// ListUserPoolClientSecrets: lists the ids and creation dates of a client's secrets, without their
// values.
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "domain/errors.h"
#include "operations/clients/client_description.h"
#include "operations/operation.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunListUserPoolClientSecrets(
    Call& call, const api::ListUserPoolClientSecretsInput& input) {
  SALLYPORT_ASSIGN(const auto client,
                   GetClientOf(call.services, input.user_pool_id(), input.client_id()));
  // There are at most two secrets, so there is never a second page, and no token was ever given.
  if (!input.next_token().empty()) {
    return domain::error::kInvalidPaginationToken();
  }
  json::array secrets;
  for (const domain::ClientSecret& secret : client->secrets) {
    secrets.push_back(ClientSecretDescriptor(secret));
  }
  return json::object{{"ClientSecrets", std::move(secrets)}};
}

}  // namespace

const Operation<api::ListUserPoolClientSecretsInput> kListUserPoolClientSecrets =
    MakeOperation<RunListUserPoolClientSecrets>();

}  // namespace sallyport::operations
