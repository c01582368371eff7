// AddUserPoolClientSecret: gives a confidential client a second secret, so that an app can change
// from one to the other without a pause.
#include <boost/json/value.hpp>
#include <string>

#include "domain/errors.h"
#include "domain/records/commit.h"
#include "operations/clients/client_description.h"
#include "operations/operation.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

base::Result<json::object> RunAddUserPoolClientSecret(
    Call& call, const api::AddUserPoolClientSecretInput& input) {
  const int64_t now = call.services.clock.WallMillis();
  const std::string given(input.client_secret());
  const std::string value = given.empty() ? domain::MakeSecretValue() : given;
  json::object descriptor;
  const auto add = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(domain::Client client,
                     GetClientOf(tx, input.user_pool_id(), input.client_id()));
    if (client.secrets.empty()) {
      return domain::error::kClientHasNoSecret(client.id);
    }
    if (client.secrets.size() >= domain::kMostClientSecrets) {
      return domain::error::kTooManyClientSecrets(client.id, domain::kMostClientSecrets);
    }
    descriptor = ClientSecretDescriptor(domain::AddSecret(call.services.vault, client, value, now));
    client.modified_millis = now;
    return domain::PutClient(tx, client);
  };
  SALLYPORT_TRY(domain::Commit(call.services, add));
  // A secret that the caller has chosen is not repeated in the answer.
  if (given.empty()) descriptor["ClientSecretValue"] = value;
  return json::object{{"ClientSecretDescriptor", std::move(descriptor)}};
}

}  // namespace

const Operation<api::AddUserPoolClientSecretInput> kAddUserPoolClientSecret =
    MakeOperation<RunAddUserPoolClientSecret>();

}  // namespace sallyport::operations
