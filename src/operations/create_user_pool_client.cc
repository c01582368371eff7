#include <boost/json/value.hpp>
#include <string>
#include <utility>

#include "base/random.h"
#include "domain/commit.h"
#include "domain/json.h"
#include "operations/operation.h"
#include "operations/shared/client_description.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

constexpr size_t kClientIdLength = 26;

base::Result<json::object> RunCreateUserPoolClient(Call& call, const json::object& input) {
  const domain::Services& services = call.services;
  domain::Client client;
  client.id = base::RandomString(base::kLowerAlphanumeric, kClientIdLength);
  client.pool_id = domain::StringMember(input, "UserPoolId");
  client.name = domain::StringMember(input, "ClientName");
  client.created_millis = client.modified_millis = services.clock.WallMillis();
  std::string secret(domain::StringMember(input, "ClientSecret"));
  if (secret.empty() && domain::BoolMember(input, "GenerateSecret")) {
    secret = domain::MakeSecretValue();
  }
  if (!secret.empty()) {
    domain::AddSecret(services.vault, client, secret, client.created_millis);
  }

  const auto create = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const domain::Pool pool, domain::GetPool(tx, client.pool_id));
    SALLYPORT_TRY(DescribeClient(tx, input, pool, client));
    return domain::PutClient(tx, client);
  };
  SALLYPORT_TRY(domain::Commit(services, create));
  SALLYPORT_ASSIGN(json::object type, UserPoolClientType(services.vault, client));
  return json::object{{"UserPoolClient", std::move(type)}};
}

}  // namespace

const Operation<json::object> kCreateUserPoolClient = MakeOperation<RunCreateUserPoolClient>();

}  // namespace sallyport::operations
