#include <boost/json/value.hpp>
#include <string>
#include <utility>

#include "base/random.h"
#include "domain/commit.h"
#include "domain/record.h"
#include "operations/operation.h"
#include "operations/shared/client_description.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

constexpr size_t kClientIdLength = 26;

struct NewClient {
  std::string pool_id;
  std::string name;
  std::string secret;
  bool generate_secret = false;
};
constexpr auto kNewClient =
    domain::RecordOf<NewClient>(domain::Member("UserPoolId", &NewClient::pool_id),
                                domain::Member("ClientName", &NewClient::name),
                                domain::Member("ClientSecret", &NewClient::secret),
                                domain::Member("GenerateSecret", &NewClient::generate_secret));

base::Result<json::object> RunCreateUserPoolClient(Call& call, const json::object& input) {
  const domain::Services& services = call.services;
  domain::Client client;
  client.id = base::RandomString(base::kLowerAlphanumeric, kClientIdLength);
  NewClient made = kNewClient.Read(input);
  client.pool_id = std::move(made.pool_id);
  client.name = std::move(made.name);
  client.created_millis = client.modified_millis = services.clock.WallMillis();
  if (made.secret.empty() && made.generate_secret) made.secret = domain::MakeSecretValue();
  if (!made.secret.empty()) {
    domain::AddSecret(services.vault, client, made.secret, client.created_millis);
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

const Operation kCreateUserPoolClient{RunCreateUserPoolClient, nullptr, UnknownMembers::kRefused};

}  // namespace sallyport::operations
