// What a database holds, all in the schema `sallyport`:
//
// clang-format off
//   records      key -> value, with the index rows that the record has, as two arrays
//   index_rows   (name, sort, key)
//   counts       changes of what a counted index holds: their sum is the count. Added to and not
//                changed, so that two commits that count are not in each other's way
//   log_entries  the RevocationLog; the row of the head is always kept
//   log_pending  entries that are committed and have no number yet, in the order of `id`
//   log_head     one row: the log's last number and hash, and how many rows log_entries has
//   commits      the random id of each commit of the last hour, by which an unknown outcome is
//                looked up; or of one that never was and, because its id is taken, never will be
//   servers      a row for each server that serves the database: its beats, and the position of the
//                log that it holds back (membership.h)
//   meta         format, readable_from: see below; store_id, log_id, past_log_ids, generation:
//                store::Lineage; greatest_ttl: of leases, in milliseconds
// clang-format on
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store_postgres/connection.h"

namespace sallyport::store::postgres {

// A database of an older format is converted step by step when it is opened, by one server while
// others wait. One of a newer format is opened if it says that this format can still serve it
// (`readable_from`), and is refused otherwise.
inline constexpr int64_t kFormat = 1;
inline constexpr int64_t kReadableFrom = 1;

inline constexpr std::string_view kMetaFormat = "format";
inline constexpr std::string_view kMetaReadableFrom = "readable_from";
inline constexpr std::string_view kMetaStoreId = "store_id";
inline constexpr std::string_view kMetaLogId = "log_id";
inline constexpr std::string_view kMetaPastIds = "past_log_ids";
inline constexpr std::string_view kMetaGeneration = "generation";
inline constexpr std::string_view kMetaGreatestTtl = "greatest_ttl";

// For the log.
inline constexpr std::string_view kNoStandby =
    "no standby confirms commits (synchronous_standby_names is empty): if the database's machine "
    "is lost, the last confirmed commits are lost with it, also revocations";

enum class WhenEmpty {
  kMake,    // a database without the tables becomes a new store
  kRefuse,  // this server has served a store there before, so the database was emptied
};

// Makes, converts or checks the tables, under a lock for which other servers wait. `shown` names
// the database in errors, which are for the administrator.
base::Status PrepareSchema(Connection& connection, const std::string& shown, WhenEmpty when_empty,
                           Deadline deadline);

// Checks the database's settings. One that would break a promise of the store is an error for the
// administrator; about one that only might, a warning is logged.
base::Status CheckServer(Connection& connection, const std::string& shown, Deadline deadline);

// A value of `meta`; empty: it has none of this name.
Outcome<std::string> ReadMeta(Connection& connection, std::string_view name, Deadline deadline);
// Adds a statement that writes it to those that the connection runs next.
void AddSetMeta(Connection& connection, std::string_view name, std::string_view value);
// A number as `meta` has it: decimal.
uint64_t MetaNumber(std::string_view text);

}  // namespace sallyport::store::postgres
