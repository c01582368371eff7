#include "domain/pools/resource_server.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "domain/errors.h"
#include "domain/records/json.h"
#include "domain/records/page.h"
#include "domain/records/parsed_records.h"
#include "domain/records/record.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

std::string ServerKey(std::string_view pool_id, std::string_view identifier) {
  std::string key("resource-server/");
  key.append(pool_id).append(1, '/').append(identifier);
  return key;
}

constexpr auto kScopeRecord =
    RecordOf<ResourceServer::Scope>(Member("Name", &ResourceServer::Scope::name),
                                    Member("Description", &ResourceServer::Scope::description));
constexpr auto kServerRecord = RecordOf<ResourceServer>(
    Member("PoolId", &ResourceServer::pool_id), Member("Identifier", &ResourceServer::identifier),
    Member("Name", &ResourceServer::name), Parts("Scopes", &ResourceServer::scopes, kScopeRecord));

base::Result<ResourceServer> ParseServer(std::string_view key, std::string_view bytes) {
  SALLYPORT_ASSIGN(const json::object record, ParseRecord(key, bytes));
  return kServerRecord.Read(record);
}

base::Result<std::shared_ptr<const ResourceServer>> GetSharedServer(store::Reader& reader,
                                                                    std::string_view pool_id,
                                                                    std::string_view identifier) {
  thread_local ParsedRecords<ResourceServer> parsed;
  const std::string key = ServerKey(pool_id, identifier);
  return parsed.Get(reader, key, [&key](std::string_view text) { return ParseServer(key, text); });
}

base::Status PutServer(store::Tx& tx, const ResourceServer& server) {
  std::set<std::string_view> names;
  for (const ResourceServer::Scope& scope : server.scopes) {
    if (!names.insert(scope.name).second) {
      return error::kScopeNamedTwice(scope.name);
    }
  }
  return tx.Put(ServerKey(server.pool_id, server.identifier),
                json::serialize(kServerRecord.Write(server)),
                {{std::string(kResourceServers), server.pool_id + "/" + server.identifier}});
}

// The scope, and the resource server to which it belongs and which keeps it alive. The scope is
// nullptr if there is none of that name.
base::Result<std::pair<std::shared_ptr<const ResourceServer>, const ResourceServer::Scope*>>
FindScope(store::Reader& reader, std::string_view pool_id, std::string_view scope) {
  std::pair<std::shared_ptr<const ResourceServer>, const ResourceServer::Scope*> found;
  const size_t slash = scope.rfind('/');
  if (slash == std::string_view::npos || slash == 0) return found;
  SALLYPORT_ASSIGN(found.first, GetSharedServer(reader, pool_id, scope.substr(0, slash)));
  if (!found.first) return found;
  for (const ResourceServer::Scope& known : found.first->scopes) {
    if (known.name == scope.substr(slash + 1)) found.second = &known;
  }
  return found;
}

}  // namespace

base::Result<ResourceServer> GetResourceServer(store::Reader& reader, std::string_view pool_id,
                                               std::string_view identifier) {
  SALLYPORT_ASSIGN(const auto server, GetSharedServer(reader, pool_id, identifier));
  if (!server) return error::kNoSuchResourceServer(identifier);
  return *server;
}

base::Status CreateResourceServer(store::Tx& tx, const ResourceServer& server) {
  SALLYPORT_ASSIGN(const auto taken, tx.Get(ServerKey(server.pool_id, server.identifier)));
  if (taken) {
    return error::kResourceServerTaken(server.identifier, server.pool_id);
  }
  return PutServer(tx, server);
}

base::Status UpdateResourceServer(store::Tx& tx, const ResourceServer& server) {
  SALLYPORT_ASSIGN(const auto known, tx.Get(ServerKey(server.pool_id, server.identifier)));
  if (!known) return error::kNoSuchResourceServer(server.identifier);
  return PutServer(tx, server);
}

base::Status DeleteResourceServer(store::Tx& tx, std::string_view pool_id,
                                  std::string_view identifier) {
  const std::string key = ServerKey(pool_id, identifier);
  SALLYPORT_ASSIGN(const auto known, tx.Get(key));
  if (!known) return error::kNoSuchResourceServer(identifier);
  return tx.Delete(key);
}

base::Result<ResourceServerPage> ListResourceServers(const Services& services,
                                                     std::string_view pool_id,
                                                     std::string_view after, size_t limit) {
  SALLYPORT_ASSIGN(Page page, ListPage(services.store, kResourceServers, std::string(pool_id) + "/",
                                       after, limit));
  ResourceServerPage result{{}, std::move(page.next)};
  for (const store::ListItem& item : page.items) {
    SALLYPORT_ASSIGN(ResourceServer server, ParseServer(item.key, item.value));
    result.servers.push_back(std::move(server));
  }
  return result;
}

std::optional<std::string> ResourceServerKeyOfScope(std::string_view pool_id,
                                                    std::string_view scope) {
  const size_t slash = scope.rfind('/');
  if (slash == std::string_view::npos || slash == 0) return std::nullopt;
  return ServerKey(pool_id, scope.substr(0, slash));
}

base::Result<bool> HasResourceScope(store::Reader& reader, std::string_view pool_id,
                                    std::string_view scope) {
  SALLYPORT_ASSIGN(const auto found, FindScope(reader, pool_id, scope));
  return found.second != nullptr;
}

base::Result<std::string> DescribeResourceScope(store::Reader& reader, std::string_view pool_id,
                                                std::string_view scope) {
  SALLYPORT_ASSIGN(const auto found, FindScope(reader, pool_id, scope));
  return found.second != nullptr ? found.second->description : std::string();
}

std::vector<std::string> SplitScope(std::string_view scope) {
  std::vector<std::string> words;
  while (!scope.empty()) {
    const size_t end = std::min(scope.find(' '), scope.size());
    if (end > 0) words.emplace_back(scope.substr(0, end));
    scope.remove_prefix(std::min(end + 1, scope.size()));
  }
  return words;
}

}  // namespace sallyport::domain
