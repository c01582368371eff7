// Where the store is: in the data directory, or in PostgreSQL.
#pragma once

#include <memory>

#include "base/result.h"
#include "main/serve_settings.h"
#include "main/settings.h"
#include "store/store.h"

namespace sallyport::main {

// `settings` outlives the table.
void AddStoreRows(SettingTable& table, ServeSettings& settings);
// What no single row can check. Errors are one line for the operator, here and below.
base::Status CheckStoreSettings(const ServeSettings& settings);

// Opens the store that the settings name. `reserves`: the server sets disk space aside for
// revocations; what only looks at a store does not.
enum class Reserve { kKept, kAsFound };
base::Result<std::unique_ptr<store::Store>> OpenStore(const ServeSettings& settings,
                                                      Reserve reserve);

// The refusal of what only a store in the data directory can have done to it.
base::Status RequireEmbedded(const ServeSettings& settings, std::string_view instead);

}  // namespace sallyport::main
