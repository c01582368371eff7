// All reads, on any connection: within a transaction, in a snapshot, or each by itself.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/log_bytes.h"
#include "store/store.h"
#include "store_postgres/connection.h"

namespace sallyport::store::postgres {

// A record as the database has it.
struct Record {
  std::string value;
  std::vector<IndexRow> rows;
};

Outcome<std::optional<std::string>> ReadValue(Connection& connection, std::string_view key,
                                              Deadline deadline);
// Those of the keys that there are, and their values.
Outcome<std::map<std::string, std::string, std::less<>>> ReadValues(
    Connection& connection, const std::vector<std::string>& keys, Deadline deadline);
// The same, with the rows of their indexes.
Outcome<std::vector<StoredRecord>> ReadRecords(Connection& connection,
                                               const std::vector<std::string_view>& keys,
                                               Deadline deadline);
// Store::ReadRecords.
Outcome<std::vector<StoredRecord>> ReadPage(Connection& connection,
                                            const std::optional<std::string>& after, size_t limit,
                                            Deadline deadline);
Outcome<std::vector<ListItem>> ReadIndex(Connection& connection, std::string_view index,
                                         std::string_view prefix,
                                         const std::optional<ListPosition>& after, size_t limit,
                                         Deadline deadline);
Outcome<IndexCount> ReadCount(Connection& connection, std::string_view index, Deadline deadline);
Outcome<std::vector<revocation::LogEntry>> ReadEntries(Connection& connection, uint64_t after,
                                                       size_t limit, Deadline deadline);
Outcome<std::optional<revocation::LogHash>> ReadHash(Connection& connection, uint64_t sequence,
                                                     Deadline deadline);

// The hash in a column; a failure where it has another size.
Outcome<revocation::LogHash> HashFrom(std::string_view bytes);

// The elements of a bytea[] as the database sends it. Nullopt: it has several dimensions, has
// nulls, or is damaged.
std::optional<std::vector<std::string_view>> ParseByteArray(std::string_view bytes);

}  // namespace sallyport::store::postgres
