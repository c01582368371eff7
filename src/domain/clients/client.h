// Client: an app client (UserPoolClient) as AWS describes it, with what its settings decide.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "domain/clients/client_settings.h"
#include "domain/services.h"

namespace sallyport::store {
class Reader;
class Tx;
}  // namespace sallyport::store

namespace sallyport::domain {

// One of a confidential client's secrets: a second one lets an app change over without a pause.
struct ClientSecret {
  std::string id;      // "{client id}--{creation, milliseconds}", made by AddSecret
  std::string sealed;  // by the Vault; OpenSecret gives the value
  int64_t created_millis = 0;
};

inline constexpr size_t kMostClientSecrets = 2;

struct Client {
  std::string id;  // 26 of [0-9a-z]
  std::string pool_id;
  std::string name;
  std::vector<ClientSecret> secrets;  // oldest first, at most two; none: a public client
  int64_t created_millis = 0;
  int64_t modified_millis = 0;
  // UserPoolClientType as DescribeUserPoolClient gives it, without ClientId, UserPoolId,
  // ClientName, ClientSecret and the dates. What decides reads `settings`.
  boost::json::object description;
  ClientSettings settings;  // of `description`, by ReadDescription
  // SetUserPoolClientSessionConfiguration: how long after a sign-in another may silently reuse its
  // SSO session; 0: never.
  int64_t sso_minutes = 60;
  // The greatest validity that an access or ID token of this client has ever had: bounds how long a
  // revocation is kept.
  int64_t greatest_token_seconds = 3600;
};

// A value as AWS generates them.
std::string MakeSecretValue();
// Adds a secret to `client`, which has room for it, and gives it an id of its own.
const ClientSecret& AddSecret(const Vault& vault, Client& client, std::string_view value,
                              int64_t now_millis);
// The value: AWS's API gives it back, so a hash of it would not do.
base::Result<base::Secret> OpenSecret(const Vault& vault, const ClientSecret& secret);
// True where `given` is one of the client's secrets, or empty and the client has none. The time
// does not depend on what the secrets are. One that does not open matches nothing.
bool SecretMatches(const Vault& vault, const Client& client, std::string_view given);
// For a start (sealing.h): a record with its secrets sealed, which earlier versions kept in clear;
// nullopt where none is in clear.
base::Result<std::optional<std::string>> SealClientRecord(const Vault& vault, std::string_view key,
                                                          std::string_view bytes);

// Reads the settings from a description that has changed; greatest_token_seconds only grows.
void ReadDescription(Client& client);

// Index of all clients: sort "{pool id}/{creation, milliseconds, 16 digits}".
inline constexpr std::string_view kClientIndex = "clients";

std::string ClientKey(std::string_view client_id);

// ResourceNotFoundException "User pool client {id} does not exist." Cached like pools.
base::Result<std::shared_ptr<const Client>> GetClient(const Services& services,
                                                      std::string_view client_id);
// The same, read by `reader`.
base::Result<std::shared_ptr<const Client>> GetSharedClient(store::Reader& reader,
                                                            std::string_view client_id);
// The same within a commit.
base::Result<Client> GetClient(store::Reader& reader, std::string_view client_id);
base::Status PutClient(store::Tx& tx, const Client& client);
base::Status DeleteClient(store::Tx& tx, std::string_view client_id);

// Clients of the pool in the order of their creation; pages as ListPools has them.
struct ClientPage {
  std::vector<Client> clients;
  std::string next;
};
base::Result<ClientPage> ListClients(const Services& services, std::string_view pool_id,
                                     std::string_view after, size_t limit);

}  // namespace sallyport::domain
