// CreateUserPoolClient: creates an app client of a pool, with a secret if one is given or asked
// for.
#include <boost/json/value.hpp>
#include <string>
#include <utility>

#include "base/random.h"
#include "domain/records/commit.h"
#include "operations/clients/client_description.h"
#include "operations/operation.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

constexpr size_t kClientIdLength = 26;

base::Result<json::object> RunCreateUserPoolClient(Call& call,
                                                   const api::CreateUserPoolClientInput& input) {
  const domain::Services& services = call.services;
  domain::Client client;
  client.id = base::RandomString(base::kLowerAlphanumeric, kClientIdLength);
  client.pool_id = input.user_pool_id();
  client.name = input.client_name();
  client.created_millis = client.modified_millis = services.clock.WallMillis();
  std::string secret(input.client_secret());
  if (secret.empty() && input.generate_secret(false)) secret = domain::MakeSecretValue();
  if (!secret.empty()) {
    domain::AddSecret(services.vault, client, secret, client.created_millis);
  }

  const auto create = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const domain::Pool pool, domain::GetPool(tx, client.pool_id));
    SALLYPORT_TRY(DescribeClient(tx, input.json(), pool, client));
    return domain::PutClient(tx, client);
  };
  SALLYPORT_TRY(domain::Commit(services, create));
  SALLYPORT_ASSIGN(json::object type, UserPoolClientType(services.vault, client));
  return json::object{{"UserPoolClient", std::move(type)}};
}

}  // namespace

const Operation<api::CreateUserPoolClientInput> kCreateUserPoolClient =
    MakeOperation<RunCreateUserPoolClient>(UnknownMembers::kRefused);

}  // namespace sallyport::operations
