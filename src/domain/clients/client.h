// Client: an app client (AWS's UserPoolClient) with what its settings mean.
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

// One of the secrets of a confidential client. It may have two, so that an app can change from one
// to the other without a pause.
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
  // UserPoolClientType as DescribeUserPoolClient answers it, without ClientId, UserPoolId,
  // ClientName, ClientSecret and the dates. Rules do not read it; they read `settings`.
  boost::json::object description;
  ClientSettings settings;  // read from `description` by ReadDescription
  // Set by SetUserPoolClientSessionConfiguration: for how many minutes after a sign-in another one
  // may reuse its SSO session without asking the user; 0: never.
  int64_t sso_minutes = 60;
  // The longest validity that an access or ID token of this client has ever had. It determines how
  // long a revocation of the client has to be kept.
  int64_t greatest_token_seconds = 3600;
};

// A new random secret, of the form that AWS generates.
std::string MakeSecretValue();
// Adds a secret to `client` and gives it an id of its own. The caller has checked that the client
// may have another secret.
const ClientSecret& AddSecret(const Vault& vault, Client& client, std::string_view value,
                              int64_t now_millis);
// The secret in clear. Secrets are sealed and not hashed because AWS's API shows them again.
base::Result<base::Secret> OpenSecret(const Vault& vault, const ClientSecret& secret);
// True where `given` is one of the client's secrets, or where `given` is empty and the client has
// no secret. The time does not depend on the secrets. A secret that cannot be unsealed matches
// nothing.
bool SecretMatches(const Vault& vault, const Client& client, std::string_view given);
// Used when the server starts (sealing.h). Gives the record with its secrets sealed, where an
// earlier version stored them in clear; nullopt where there is nothing to seal.
base::Result<std::optional<std::string>> SealClientRecord(const Vault& vault, std::string_view key,
                                                          std::string_view bytes);

// Reads `settings` again after `description` has changed. greatest_token_seconds never decreases.
void ReadDescription(Client& client);

// Index of all clients, in the order "{pool id}/{creation in milliseconds, 16 digits}".
inline constexpr std::string_view kClientIndex = "clients";

std::string ClientKey(std::string_view client_id);

// ResourceNotFoundException "User pool client {id} does not exist." Cached like pools.
base::Result<std::shared_ptr<const Client>> GetClient(const Services& services,
                                                      std::string_view client_id);
// The client as the sign-in pages use it: they tell nobody who has an account, whatever
// PreventUserExistenceErrors lets the app know.
std::shared_ptr<const Client> HidingUsers(const std::shared_ptr<const Client>& client);
// GetClient, read by means of `reader`.
base::Result<std::shared_ptr<const Client>> GetSharedClient(store::Reader& reader,
                                                            std::string_view client_id);
// The client as this thread has read it last; like RememberedPool, it may be out of date.
std::shared_ptr<const Client> RememberedClient(std::string_view client_id);
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
