// Reads the WAL as a file, without SQLite: which WAL it is, and how far it goes
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

// Nullopt: SQLite would not accept the file as a WAL.
std::optional<WalHeader> ParseWalHeader(std::string_view bytes);

std::string WalPath(const std::string& database_path);
bool WalExists(const std::string& database_path);

// The WAL beside a database that is not open. `frames` is the number in a mark; frames are written
// in order, so only the last of them is looked for. Nullopt: there is no WAL with a frame of its
// own, or it cannot be read.
std::optional<FoundWal> FindWal(const std::string& database_path, uint64_t frames);

}  // namespace sallyport::store
