#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "operations/operation.h"
#include "operations/shared/client_description.h"
#include "operations/shared/named_resources.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunListUserPoolClientSecrets(Call& call, const json::object& input) {
  const NamedClient named = kNamedClient.Read(input);
  SALLYPORT_ASSIGN(const auto client, GetClientOf(call.services, named.pool_id, named.client_id));
  // There are two at most, so a page is never followed by another, and no token was ever given.
  if (!kNamedPage.Read(input).next_token.empty()) {
    return base::Error{"InvalidParameterException", "Invalid pagination token.", ""};
  }
  json::array secrets;
  for (const domain::ClientSecret& secret : client->secrets) {
    secrets.push_back(ClientSecretDescriptor(secret));
  }
  return json::object{{"ClientSecrets", std::move(secrets)}};
}

}  // namespace

const Operation kListUserPoolClientSecrets{RunListUserPoolClientSecrets};

}  // namespace sallyport::operations
