#include "domain/client.h"

#include <algorithm>
#include <array>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "base/log.h"
#include "base/random.h"
#include "base/secret.h"
#include "domain/errors.h"
#include "domain/json.h"
#include "domain/page.h"
#include "domain/parsed_records.h"
#include "domain/vault.h"
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

void ReadSecrets(const json::object& record, Client& client) {
  const json::array* secrets = ArrayMember(record, "Secrets");
  if (secrets == nullptr) return;
  for (const json::value& item : *secrets) {
    const json::object& secret = item.as_object();
    client.secrets.push_back({std::string(StringMember(secret, "Id")),
                              std::string(StringMember(secret, "Sealed")),
                              IntMember(secret, "Created")});
  }
}

json::array SecretRecords(const Client& client) {
  json::array records;
  for (const ClientSecret& secret : client.secrets) {
    records.push_back(json::object{
        {"Id", secret.id}, {"Sealed", secret.sealed}, {"Created", secret.created_millis}});
  }
  return records;
}

base::Result<Client> ParseClient(std::string_view key, std::string_view bytes) {
  SALLYPORT_ASSIGN(json::object record, ParseRecord(key, bytes));
  Client client;
  client.id = StringMember(record, "Id");
  client.pool_id = StringMember(record, "PoolId");
  client.name = StringMember(record, "Name");
  client.created_millis = IntMember(record, "Created");
  client.modified_millis = IntMember(record, "Modified");
  ReadSecrets(record, client);
  client.greatest_token_seconds = IntMember(record, "GreatestTokenSeconds");
  client.sso_minutes = IntMember(record, "SsoMinutes", client.sso_minutes);
  if (const json::object* description = ObjectMember(record, "Description")) {
    client.description = *description;
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
  // Two in one millisecond, or a clock that went back.
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
  SALLYPORT_ASSIGN(std::string value, vault.Open("client secret " + secret.id, secret.sealed));
  return base::Secret(std::move(value));
}

base::Result<std::optional<std::string>> SealClientRecord(const Vault& vault, std::string_view key,
                                                          std::string_view bytes) {
  SALLYPORT_ASSIGN(json::object record, ParseRecord(key, bytes));
  json::array secrets;
  bool sealed_any = false;
  const auto seal = [&](std::string_view id, std::string_view value, int64_t created) {
    sealed_any = true;
    secrets.push_back(
        json::object{{"Id", id}, {"Sealed", SealSecret(vault, id, value)}, {"Created", created}});
  };
  // Records of the first version hold one secret, which is as old as the client.
  if (const std::string_view only = StringMember(record, "Secret"); !only.empty()) {
    const int64_t created = IntMember(record, "Created");
    seal(SecretId(StringMember(record, "Id"), created), only, created);
  }
  if (const json::array* items = ArrayMember(record, "Secrets")) {
    for (const json::value& item : *items) {
      const json::object& secret = item.as_object();
      if (const std::string_view value = StringMember(secret, "Value"); !value.empty()) {
        seal(StringMember(secret, "Id"), value, IntMember(secret, "Created"));
      } else {
        secrets.push_back(item);
      }
    }
  }
  if (!sealed_any) return std::optional<std::string>();
  record.erase("Secret");
  record["Secrets"] = std::move(secrets);
  return std::optional<std::string>(json::serialize(record));
}

bool SecretMatches(const Vault& vault, const Client& client, std::string_view given) {
  if (client.secrets.empty()) return given.empty();
  // Every secret is compared, so that the time does not tell which one it was.
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

void ReadDescription(Client& client) {
  client.settings = ReadClientSettings(client.description);
  client.greatest_token_seconds =
      std::max({client.greatest_token_seconds, client.settings.access_token_seconds,
                client.settings.id_token_seconds});
}

std::string ClientKey(std::string_view client_id) {
  return "client/" + std::string(client_id);
}

base::Result<std::shared_ptr<const Client>> GetClient(const Services& services,
                                                      std::string_view client_id) {
  return GetSharedClient(services.store, client_id);
}

base::Result<std::shared_ptr<const Client>> GetSharedClient(store::Reader& reader,
                                                            std::string_view client_id) {
  thread_local ParsedRecords<Client> parsed;
  std::string key = ClientKey(client_id);
  SALLYPORT_ASSIGN(std::optional<std::string> bytes, reader.Get(key));
  if (!bytes) return error::kNoSuchClient(client_id);
  return parsed.Get(key, std::move(*bytes),
                    [&key](std::string_view text) { return ParseClient(key, text); });
}

base::Result<Client> GetClient(store::Reader& reader, std::string_view client_id) {
  std::string key = ClientKey(client_id);
  SALLYPORT_ASSIGN(std::optional<std::string> bytes, reader.Get(key));
  if (!bytes) return error::kNoSuchClient(client_id);
  return ParseClient(key, *bytes);
}

base::Status PutClient(store::Tx& tx, const Client& client) {
  json::object record{{"Id", client.id},
                      {"PoolId", client.pool_id},
                      {"Name", client.name},
                      {"Secrets", SecretRecords(client)},
                      {"Created", client.created_millis},
                      {"Modified", client.modified_millis},
                      {"GreatestTokenSeconds", client.greatest_token_seconds},
                      {"SsoMinutes", client.sso_minutes},
                      {"Description", client.description}};
  std::string sort = ClientSortPrefix(client.pool_id) + SortableMillis(client.created_millis);
  return tx.Put(ClientKey(client.id), json::serialize(record), {{std::string(kClientIndex), sort}});
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
