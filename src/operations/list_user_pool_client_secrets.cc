#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "domain/errors.h"
#include "domain/json.h"
#include "operations/operation.h"
#include "operations/shared/client_description.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunListUserPoolClientSecrets(Call& call, const json::object& input) {
  SALLYPORT_ASSIGN(const auto client,
                   GetClientOf(call.services, domain::StringMember(input, "UserPoolId"),
                               domain::StringMember(input, "ClientId")));
  // There are two at most, so a page is never followed by another, and no token was ever given.
  if (!domain::StringMember(input, "NextToken").empty()) {
    return domain::error::kInvalidPaginationToken();
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
