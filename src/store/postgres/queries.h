// All reads, on any connection: within a transaction, in a snapshot, or each by itself.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "store/log_bytes.h"
#include "store/read_ahead.h"
#include "store/store.h"
#include "store_postgres/connection.h"

namespace sallyport::store::postgres {

// A record as the database has it.
struct Record {
  std::string value;
  std::vector<IndexRow> rows;
};

// The same, byte for byte as it was read, so that a commit can compare it with what there is
// (PostgresTx). Nullopt: there was no record.
struct ReadRecord {
  std::string value;
  std::string names, sorts;  // of its index rows: each a bytea[]
};
using KnownRecord = std::optional<ReadRecord>;
using KnownRecords = std::map<std::string, KnownRecord, std::less<>>;
ReadRecord AsRead(const Record& record);
// A failure where the lists of its index rows are damaged.
Outcome<Record> RecordOf(const ReadRecord& bytes);

Outcome<std::optional<std::string>> ReadValue(Connection& connection, std::string_view key,
                                              Deadline deadline);
Outcome<KnownRecord> ReadKnown(Connection& connection, std::string_view key, Deadline deadline);
// What several reads have given.
struct ReadTogether {
  KnownRecords records;
  std::map<std::pair<std::string, std::string>, std::vector<ListItem>> firsts;
};
// Makes the reads in one round trip.
Outcome<ReadTogether> ReadAll(Connection& connection, const Reads& reads, Deadline deadline);
// Adds them to what is run next, and finds them in the last of its answers.
void AddReads(Connection& connection, const Reads& reads);
Outcome<ReadTogether> ReadsFrom(const std::vector<Rows>& answers, const Reads& reads);
// How many answers they have.
size_t AnswersOf(const Reads& reads);
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
// The first of an index, with its record: in `known`.
Outcome<std::vector<ListItem>> ReadFirst(Connection& connection, const FirstOf& first,
                                         KnownRecords& known, Deadline deadline);
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
