// The WAL as a file, read beside SQLite: which one it is, and how far it goes
// (sqlite.org/fileformat2.html#walformat).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/lineage.h"

namespace sallyport::store {

inline constexpr size_t kWalHeaderBytes = 32;

struct WalHeader {
  uint32_t page_bytes = 0;
  uint32_t salt1 = 0;
  uint32_t salt2 = 0;
};

// Nullopt: SQLite would take the file for none.
std::optional<WalHeader> ParseWalHeader(std::string_view bytes);

std::string WalPath(const std::string& database_path);
bool WalExists(const std::string& database_path);

// The WAL beside a database that is not open. `frames` are those that a mark counts: it is looked
// whether the last of them is there, since they are written in order. Nullopt: there is no WAL with
// a frame of its own, or it cannot be read.
std::optional<FoundWal> FindWal(const std::string& database_path, uint64_t frames);

}  // namespace sallyport::store
