#include "domain/pools/pool_domain.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <utility>
#include <vector>

#include "base/text.h"
#include "domain/errors.h"
#include "domain/pools/pool.h"
#include "domain/records/json.h"
#include "domain/records/page.h"
#include "domain/records/record.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

constexpr size_t kMostLabel = 63;
constexpr size_t kMostHost = 253;

// The key of a custom domain, and of a prefix as earlier versions stored it. Keys of prefixes with
// a region are of another kind, so no name can be mistaken for one.
std::string HostKey(std::string_view name) {
  return "domain/" + std::string(name);
}

std::string PrefixKey(std::string_view region, std::string_view prefix) {
  return "domain-prefix/" + std::string(region) + "/" + std::string(prefix);
}

// Prefixes in the order in which they were taken, with the sort "{prefix}/{creation, 16 digits}".
constexpr std::string_view kPrefixes = "domain-prefixes";

// Whether it is a valid label of a host name: ^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$
bool IsLabel(std::string_view text) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= kMostLabel && plain(text.front()) && plain(text.back()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return plain(c) || c == '-'; });
}

bool IsHostName(std::string_view text) {
  if (text.size() > kMostHost || text.find('.') == std::string_view::npos) return false;
  for (;;) {
    const size_t dot = text.find('.');
    if (!IsLabel(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

base::Status CheckName(const PoolDomain& domain) {
  if (domain.custom) {
    if (IsHostName(domain.name)) return {};
    return error::kInvalidCustomDomain(domain.name);
  }
  if (!IsLabel(domain.name)) {
    return error::kInvalidDomainPrefix();
  }
  for (std::string_view reserved : {"aws", "amazon", "cognito"}) {
    if (domain.name.find(reserved) != std::string::npos) {
      return error::kReservedDomainWord(reserved);
    }
  }
  return {};
}

base::Status CheckManagedLogin(const Pool& pool, const PoolDomain& domain) {
  constexpr int64_t kClassic = 1;
  constexpr int64_t kManagedLogin = 2;
  if (domain.managed_login_version == kClassic) return {};
  if (domain.managed_login_version != kManagedLogin) {
    return error::kManagedLoginVersion();
  }
  if (pool.settings.tier != PoolTier::kLite) return {};
  return error::kNoManagedLogin();
}

// The member of UserPoolType that names such a domain.
std::string_view DomainMemberOf(const PoolDomain& domain) {
  return domain.custom ? kCustomDomainMember : kDomainMember;
}

base::Result<PoolDomain> RequireDomain(store::Reader& reader, std::string_view pool_id,
                                       std::string_view name) {
  SALLYPORT_ASSIGN(std::optional<PoolDomain> domain,
                   GetPoolDomain(reader, RegionOf(pool_id), name));
  if (!domain || domain->pool_id != pool_id) return error::kNoSuchDomain();
  return std::move(*domain);
}

constexpr auto kDomainRecord =
    RecordOf<PoolDomain>(Member("Name", &PoolDomain::name), Member("PoolId", &PoolDomain::pool_id),
                         Member("Custom", &PoolDomain::custom),
                         Member("ManagedLoginVersion", &PoolDomain::managed_login_version, 1),
                         Member("Created", &PoolDomain::created_millis),
                         Member("CustomDomainConfig", &PoolDomain::custom_config),
                         Member("Routing", &PoolDomain::routing));

base::Result<std::optional<PoolDomain>> Read(store::Reader& reader, const std::string& key) {
  SALLYPORT_ASSIGN(const std::optional<std::string> bytes, reader.Get(key));
  if (!bytes) return std::optional<PoolDomain>();
  SALLYPORT_ASSIGN(const json::object record, ParseRecord(key, *bytes));
  return std::optional(kDomainRecord.Read(record));
}

// Also deletes a record that an earlier version wrote.
base::Status DeleteRecords(store::Tx& tx, const PoolDomain& domain) {
  if (!domain.custom) {
    SALLYPORT_TRY(tx.Delete(PrefixKey(RegionOf(domain.pool_id), domain.name)));
  }
  SALLYPORT_ASSIGN(const std::optional<PoolDomain> earlier, Read(tx, HostKey(domain.name)));
  if (!earlier || earlier->pool_id != domain.pool_id) return {};
  return tx.Delete(HostKey(domain.name));
}

base::Status PutDomain(store::Tx& tx, const PoolDomain& domain) {
  SALLYPORT_TRY(DeleteRecords(tx, domain));
  const std::string bytes = json::serialize(kDomainRecord.Write(domain));
  if (domain.custom) return tx.Put(HostKey(domain.name), bytes, {});
  return tx.Put(
      PrefixKey(RegionOf(domain.pool_id), domain.name), bytes,
      {{std::string(kPrefixes), domain.name + "/" + SortableMillis(domain.created_millis)}});
}

// The pool that has a prefix, where no region is named.
base::Result<std::optional<PoolDomain>> AnyWithPrefix(store::Reader& reader,
                                                      std::string_view own_region,
                                                      std::string_view prefix) {
  SALLYPORT_ASSIGN(std::optional<PoolDomain> found, GetPoolDomain(reader, own_region, prefix));
  if (found) return found;
  // A domain that an earlier version wrote is the oldest.
  SALLYPORT_ASSIGN(found, Read(reader, HostKey(prefix)));
  if (found) return found;
  SALLYPORT_ASSIGN(const std::vector<store::ListItem> oldest,
                   reader.List(std::string(kPrefixes), std::string(prefix) + "/", std::nullopt, 1));
  if (oldest.empty()) return found;
  return Read(reader, oldest.front().key);
}

// For example "[::1]" for "[::1]:9229".
std::string_view WithoutPort(std::string_view host) {
  const size_t bracket = host.find(']');
  const size_t colon = host.find(':', bracket == std::string_view::npos ? 0 : bracket);
  return host.substr(0, colon);
}

struct HostParts {
  std::string_view name;    // of the domain
  std::string_view region;  // of its pool; empty: any region
};

// `host` must be in lower case.
HostParts Split(std::string_view host, std::string_view public_host) {
  constexpr std::string_view kAws = ".amazoncognito.com";
  constexpr std::string_view kAuth = ".auth.";
  if (host.ends_with(kAws)) {
    const std::string_view rest = host.substr(0, host.size() - kAws.size());
    const size_t auth = rest.find(kAuth);
    if (auth != std::string_view::npos) {
      return {rest.substr(0, auth), rest.substr(auth + kAuth.size())};
    }
  }
  if (host.size() > public_host.size() + 1 && host.ends_with(public_host)) {
    const std::string_view prefix = host.substr(0, host.size() - public_host.size());
    if (prefix.ends_with('.') && prefix.find('.') == prefix.size() - 1) {
      return {prefix.substr(0, prefix.size() - 1), {}};
    }
  }
  return {host, {}};
}

}  // namespace

base::Result<std::optional<PoolDomain>> GetPoolDomain(store::Reader& reader,
                                                      std::string_view region,
                                                      std::string_view name) {
  SALLYPORT_ASSIGN(std::optional<PoolDomain> domain, Read(reader, PrefixKey(region, name)));
  if (domain) return domain;
  SALLYPORT_ASSIGN(domain, Read(reader, HostKey(name)));
  if (domain && RegionOf(domain->pool_id) != region) domain.reset();
  return domain;
}

base::Status CreatePoolDomain(store::Tx& tx, const PoolDomain& domain) {
  SALLYPORT_TRY(CheckName(domain));
  SALLYPORT_ASSIGN(Pool pool, GetPool(tx, domain.pool_id));
  SALLYPORT_TRY(CheckManagedLogin(pool, domain));
  SALLYPORT_ASSIGN(const std::optional<PoolDomain> taken,
                   domain.custom ? Read(tx, HostKey(domain.name))
                                 : GetPoolDomain(tx, RegionOf(pool.id), domain.name));
  if (taken) return error::kDomainTaken();
  const PoolSettings& settings = pool.settings;
  if (!(domain.custom ? settings.custom_domain : settings.domain).empty()) {
    return error::kPoolHasDomainAlready();
  }
  pool.description[DomainMemberOf(domain)] = domain.name;
  SALLYPORT_TRY(PutPool(tx, pool));
  return PutDomain(tx, domain);
}

base::Result<PoolDomain> UpdatePoolDomain(store::Tx& tx, const PoolDomain& changes) {
  SALLYPORT_ASSIGN(const Pool pool, GetPool(tx, changes.pool_id));
  SALLYPORT_TRY(CheckManagedLogin(pool, changes));
  SALLYPORT_ASSIGN(PoolDomain domain, RequireDomain(tx, changes.pool_id, changes.name));
  if (!changes.custom_config.empty()) {
    if (!domain.custom) return error::kCertificateOfPrefix();
    domain.custom_config = changes.custom_config;
  }
  if (!changes.routing.empty()) domain.routing = changes.routing;
  domain.managed_login_version = changes.managed_login_version;
  SALLYPORT_TRY(PutDomain(tx, domain));
  return domain;
}

base::Status DeletePoolDomain(store::Tx& tx, std::string_view pool_id, std::string_view name) {
  SALLYPORT_ASSIGN(Pool pool, GetPool(tx, pool_id));
  SALLYPORT_ASSIGN(const PoolDomain domain, RequireDomain(tx, pool_id, name));
  pool.description.erase(DomainMemberOf(domain));
  SALLYPORT_TRY(PutPool(tx, pool));
  return DeleteRecords(tx, domain);
}

std::string PublicHost(const Settings& settings) {
  std::string_view rest = settings.public_url;
  const size_t scheme = rest.find("://");
  if (scheme != std::string_view::npos) rest.remove_prefix(scheme + 3);
  return base::LowerCase(WithoutPort(rest.substr(0, rest.find('/'))));
}

base::Result<std::optional<std::string>> FindPoolOfHost(store::Reader& reader,
                                                        const Settings& settings,
                                                        std::string_view host) {
  const std::string name = base::LowerCase(WithoutPort(host));
  const std::string public_host = PublicHost(settings);
  if (name.empty() || name == public_host) return std::optional<std::string>();
  const HostParts parts = Split(name, public_host);
  // A prefix alone is not a host name, and a custom domain must be matched as a whole.
  const bool whole = parts.name.size() == name.size();
  std::optional<PoolDomain> domain;
  if (whole) {
    SALLYPORT_ASSIGN(domain, Read(reader, HostKey(parts.name)));
  } else if (parts.region.empty()) {
    SALLYPORT_ASSIGN(domain, AnyWithPrefix(reader, settings.region, parts.name));
  } else {
    SALLYPORT_ASSIGN(domain, GetPoolDomain(reader, parts.region, parts.name));
  }
  if (!domain || domain->custom != whole) return std::optional<std::string>();
  return std::optional(std::move(domain->pool_id));
}

}  // namespace sallyport::domain
