// Where the store is: in the data directory, or in PostgreSQL.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "main/settings.h"
#include "store/store.h"

namespace sallyport::main {

struct StoreSettings {
  std::string url;  // empty: embedded, in the data directory
  std::string password_file;
  uint32_t connections = 24;
  uint32_t greatest_mib = 0;  // 0: no limit
  uint32_t reserve_mib = 64;
};

// `settings` must outlive the table.
void AddStoreRows(SettingTable& table, StoreSettings& settings);
// Checks what no single row can check. Errors are one line for the operator, here and below.
base::Status CheckStoreSettings(const StoreSettings& settings);

// Who opens a store. A server keeps disk space in reserve for revocations, and says how long its
// leases last; a command leaves the space as it finds it, and no server may run meanwhile.
struct StoreUser {
  static StoreUser Server(uint32_t ttl_millis) { return {true, ttl_millis}; }
  static StoreUser Command() { return {}; }
  bool serves = false;
  uint32_t ttl_millis = 0;
};
// Opens the store that the settings name, beside or in the directory `data`.
base::Result<std::unique_ptr<store::Store>> OpenStore(const StoreSettings& settings,
                                                      const std::string& data,
                                                      const StoreUser& user);

// Refuses what only a store in the data directory can have done to it.
base::Status RequireEmbedded(const StoreSettings& settings, std::string_view instead);

}  // namespace sallyport::main
