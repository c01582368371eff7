#include "main/store_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/error_codes.h"
#include "feed/lease_table.h"
#include "main/secret_files.h"
#include "store/copy.h"
#include "store/sqlite/sqlite_store.h"
#include "store_postgres/address.h"
#include "store_postgres/postgres_store.h"

namespace sallyport::main {
namespace {

base::Error StoreProblem(std::string message) {
  return {base::code::kInvalidSetting, std::move(message), {}};
}

base::Result<base::Secret> PasswordOf(const StoreSettings& settings) {
  if (settings.password_file.empty()) return base::Secret();
  return ReadSecret(settings.password_file);
}

}  // namespace

void AddStoreRows(SettingTable& table, StoreSettings& s) {
  table.push_back(TextSetting(
      "store", "URL",
      "Keep the store in PostgreSQL: postgresql://user@host/database, with libpq's parameters. "
      "Several servers may serve one database; --data still has the keys. Default: embedded, in "
      "--data.",
      &s.url));
  table.push_back(TextSetting("store-password-file", "FILE",
                              "The password of --store's user. Without it, PGPASSFILE or "
                              "PGPASSWORD in the environment is used, or no password.",
                              &s.password_file));
  table.push_back(NumberSetting("store-connections", "N",
                                "How many connections to --store calls use at most; the server "
                                "uses up to eight more.",
                                1, 1000, &s.connections));
  table.push_back(NumberSetting("store-greatest-mib", "MIB",
                                "When --store's database is larger than this, only calls that "
                                "revoke are accepted; 0: no limit.",
                                0, 1024 * 1024 * 1024, &s.greatest_mib));
  table.push_back(NumberSetting("reserve-mib", "MIB",
                                "The disk space that is set aside in --data, so that sign-outs and "
                                "other revocations still work when the disk is full; 0: none.",
                                0, 1024 * 1024, &s.reserve_mib));
}

base::Status CheckStoreSettings(const StoreSettings& s) {
  const StoreSettings unset;
  if (s.url.empty()) {
    if (!s.password_file.empty() || s.connections != unset.connections ||
        s.greatest_mib != unset.greatest_mib) {
      return StoreProblem(
          "store-password-file, store-connections and store-greatest-mib belong to --store, which "
          "is not given");
    }
    return {};
  }
  if (s.reserve_mib != unset.reserve_mib) {
    return StoreProblem(
        "reserve-mib: nothing can be set aside in PostgreSQL, which --store names; "
        "store-greatest-mib says how large its database may become");
  }
  // The password is looked at when the store is opened.
  if (const auto parsed = store::postgres::ParseAddress(s.url, base::Secret()); !parsed) {
    return StoreProblem("store: " + parsed.error().message);
  }
  return {};
}

base::Result<std::unique_ptr<store::Store>> OpenStore(const StoreSettings& settings,
                                                      const std::string& data,
                                                      const StoreUser& user) {
  std::unique_ptr<store::Store> opened;
  if (settings.url.empty()) {
    store::SqliteOptions options;
    if (user.serves) options.reserve_bytes = uint64_t{settings.reserve_mib} << 20;
    SALLYPORT_ASSIGN(opened, store::OpenSqlite(data, options));
    SALLYPORT_TRY(store::CheckNoCopy(*opened, data));
    return opened;
  }
  SALLYPORT_ASSIGN(base::Secret password, PasswordOf(settings));
  store::PostgresOptions options{.password = std::move(password),
                                 .connections = settings.connections,
                                 .alone = !user.serves,
                                 .greatest_bytes = uint64_t{settings.greatest_mib} << 20};
  // As long as its leases, margin included.
  const std::chrono::milliseconds lease(user.ttl_millis + feed::MarginMillis(user.ttl_millis));
  options.period = std::max(options.period, lease);
  SALLYPORT_ASSIGN(opened, store::OpenPostgres(settings.url, data, options));
  SALLYPORT_TRY(store::CheckNoCopy(*opened, settings.url));
  return opened;
}

base::Status RequireEmbedded(const StoreSettings& settings, std::string_view instead) {
  if (settings.url.empty()) return {};
  return StoreProblem(
      fmt::format("the store is in PostgreSQL: {} (docs/guide/postgresql.md)", instead));
}

}  // namespace sallyport::main
