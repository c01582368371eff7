#include "domain/clients/client.h"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "base/log.h"
#include "base/random.h"
#include "base/secret.h"
#include "domain/errors.h"
#include "domain/keys/vault.h"
#include "domain/records/json.h"
#include "domain/records/page.h"
#include "domain/records/parsed_records.h"
#include "domain/records/record.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

std::string SecretId(std::string_view client_id, int64_t created_millis) {
  return std::string(client_id) + "--" + std::to_string(created_millis);
}

std::string SealSecret(const Vault& vault, std::string_view secret_id, std::string_view value) {
  return vault.Seal("client secret " + std::string(secret_id), value);
}

// A list of secrets, each in the form of kSecretRecord or kClearSecret.
constexpr std::string_view kSecretsMember = "Secrets";
constexpr auto kSecretRecord =
    RecordOf<ClientSecret>(Member("Id", &ClientSecret::id), Member("Sealed", &ClientSecret::sealed),
                           Member("Created", &ClientSecret::created_millis));
constexpr auto kClientRecord = RecordOf<Client>(
    Member("Id", &Client::id), Member("PoolId", &Client::pool_id), Member("Name", &Client::name),
    Parts(kSecretsMember, &Client::secrets, kSecretRecord),
    Member("Created", &Client::created_millis), Member("Modified", &Client::modified_millis),
    Member("GreatestTokenSeconds", &Client::greatest_token_seconds),
    Member("SsoMinutes", &Client::sso_minutes, 60), Member("Description", &Client::description));

// Secrets as earlier versions stored them, in clear. The very first version had one secret, created
// together with the client.
struct ClearSecret {
  std::string id;
  std::string value;
  int64_t created_millis = 0;
};
constexpr auto kClearSecret =
    RecordOf<ClearSecret>(Member("Id", &ClearSecret::id), Member("Value", &ClearSecret::value),
                          Member("Created", &ClearSecret::created_millis));
struct ClearClient {
  ClearSecret only;  // its id is the client's id
  json::array secrets;
};
constexpr std::string_view kOnlySecretMember = "Secret";
constexpr auto kClearClient = RecordOf<ClearClient>(
    Inline(&ClearClient::only,
           RecordOf<ClearSecret>(Member("Id", &ClearSecret::id),
                                 Member(kOnlySecretMember, &ClearSecret::value),
                                 Member("Created", &ClearSecret::created_millis))),
    Member(kSecretsMember, &ClearClient::secrets));

struct StoredSecrets {
  std::optional<json::value> secrets;
};
constexpr auto kStoredSecrets =
    RecordOf<StoredSecrets>(Member(kSecretsMember, &StoredSecrets::secrets));

base::Result<Client> ParseClient(std::string_view key, std::string_view bytes) {
  SALLYPORT_ASSIGN(const json::object record, ParseRecord(key, bytes));
  Client client = kClientRecord.Read(record);
  // If its secrets were lost, a confidential client would become a public one.
  const auto secrets = kStoredSecrets.Read(record).secrets;
  if (secrets && (!secrets->is_array() || secrets->get_array().size() != client.secrets.size())) {
    return base::InternalError("record " + std::string(key) +
                               " contains secrets that cannot be secrets");
  }
  ReadDescription(client);
  return client;
}

std::string ClientSortPrefix(std::string_view pool_id) {
  return std::string(pool_id) + "/";
}

}  // namespace

std::string MakeSecretValue() {
  constexpr size_t kLength = 51;
  return base::RandomString(base::kLowerAlphanumeric, kLength);
}

const ClientSecret& AddSecret(const Vault& vault, Client& client, std::string_view value,
                              int64_t now_millis) {
  int64_t number = now_millis;
  // Two secrets may be created within one millisecond, or after the clock was set back.
  const auto taken = [&] {
    return std::any_of(client.secrets.begin(), client.secrets.end(), [&](const auto& secret) {
      return secret.id == SecretId(client.id, number);
    });
  };
  while (taken()) ++number;
  std::string id = SecretId(client.id, number);
  std::string sealed = SealSecret(vault, id, value);
  client.secrets.push_back({std::move(id), std::move(sealed), now_millis});
  return client.secrets.back();
}

base::Result<base::Secret> OpenSecret(const Vault& vault, const ClientSecret& secret) {
  // Opened only once, and not for each call. The same secret never has the same sealed text twice.
  thread_local ParsedRecords<base::Secret> opened;
  SALLYPORT_ASSIGN(
      const auto shared,
      opened.Parsed(
          secret.id, secret.sealed, [&](std::string_view sealed) -> base::Result<base::Secret> {
            SALLYPORT_ASSIGN(std::string value, vault.Open("client secret " + secret.id, sealed));
            return base::Secret(std::move(value));
          }));
  return *shared;
}

base::Result<std::optional<std::string>> SealClientRecord(const Vault& vault, std::string_view key,
                                                          std::string_view bytes) {
  SALLYPORT_ASSIGN(json::object record, ParseRecord(key, bytes));
  const ClearClient client = kClearClient.Read(record);
  json::array secrets;
  bool sealed_any = false;
  const auto seal = [&](std::string_view id, const ClearSecret& clear) {
    sealed_any = true;
    secrets.push_back(kSecretRecord.Write(
        {std::string(id), SealSecret(vault, id, clear.value), clear.created_millis}));
  };
  const ClearSecret& only = client.only;
  if (!only.value.empty()) seal(SecretId(only.id, only.created_millis), only);
  for (const json::value& item : client.secrets) {
    const ClearSecret secret = kClearSecret.Read(item.as_object());
    if (!secret.value.empty()) {
      seal(secret.id, secret);
    } else {
      secrets.push_back(item);
    }
  }
  if (!sealed_any) return std::optional<std::string>();
  record.erase(kOnlySecretMember);
  record[kSecretsMember] = std::move(secrets);
  return std::optional<std::string>(json::serialize(record));
}

bool SecretMatches(const Vault& vault, const Client& client, std::string_view given) {
  if (client.secrets.empty()) return given.empty();
  // Every secret is compared, so that the time does not tell which one matched.
  bool matches = false;
  for (const ClientSecret& secret : client.secrets) {
    const auto value = OpenSecret(vault, secret);
    if (!value) {
      base::LogError("a client secret cannot be used",
                     {{"client", client.id}, {"cause", value.error().cause}});
      continue;
    }
    const bool equal = base::ConstantTimeEqual(value->Reveal(), given);
    matches = matches || equal;
  }
  return matches;
}

namespace {

ParsedRecords<Client>& ParsedClients() {
  thread_local ParsedRecords<Client> parsed;
  return parsed;
}

}  // namespace

void ReadDescription(Client& client) {
  client.settings = ReadClientSettings(client.description);
  client.greatest_token_seconds =
      std::max({client.greatest_token_seconds, client.settings.access_token_seconds,
                client.settings.id_token_seconds});
}

std::string ClientKey(std::string_view client_id) {
  return "client/" + std::string(client_id);
}

std::shared_ptr<const Client> HidingUsers(const std::shared_ptr<const Client>& client) {
  if (client->settings.prevent_user_existence_errors) return client;
  auto hiding = std::make_shared<Client>(*client);
  hiding->settings.prevent_user_existence_errors = true;
  return hiding;
}

std::shared_ptr<const Client> RememberedClient(std::string_view client_id) {
  return ParsedClients().Remembered(ClientKey(client_id));
}

base::Result<std::shared_ptr<const Client>> GetClient(const Services& services,
                                                      std::string_view client_id) {
  return GetSharedClient(services.store, client_id);
}

base::Result<std::shared_ptr<const Client>> GetSharedClient(store::Reader& reader,
                                                            std::string_view client_id) {
  const std::string key = ClientKey(client_id);
  SALLYPORT_ASSIGN(auto client, ParsedClients().Get(reader, key, [&key](std::string_view text) {
    return ParseClient(key, text);
  }));
  if (!client) return error::kNoSuchClient(client_id);
  return client;
}

base::Result<Client> GetClient(store::Reader& reader, std::string_view client_id) {
  std::string key = ClientKey(client_id);
  SALLYPORT_ASSIGN(std::optional<std::string> bytes, reader.Get(key));
  if (!bytes) return error::kNoSuchClient(client_id);
  return ParseClient(key, *bytes);
}

base::Status PutClient(store::Tx& tx, const Client& client) {
  std::string sort = ClientSortPrefix(client.pool_id) + SortableMillis(client.created_millis);
  return tx.Put(ClientKey(client.id), json::serialize(kClientRecord.Write(client)),
                {{std::string(kClientIndex), sort}});
}

base::Status DeleteClient(store::Tx& tx, std::string_view client_id) {
  return tx.Delete(ClientKey(client_id));
}

base::Result<ClientPage> ListClients(const Services& services, std::string_view pool_id,
                                     std::string_view after, size_t limit) {
  SALLYPORT_ASSIGN(Page page,
                   ListPage(services.store, kClientIndex, ClientSortPrefix(pool_id), after, limit));
  ClientPage result{{}, std::move(page.next)};
  for (const store::ListItem& item : page.items) {
    SALLYPORT_ASSIGN(Client client, ParseClient(item.key, item.value));
    result.clients.push_back(std::move(client));
  }
  return result;
}

}  // namespace sallyport::domain
