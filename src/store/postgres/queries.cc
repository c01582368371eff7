#include "store_postgres/queries.h"

#include "store/index_range.h"

namespace sallyport::store::postgres {
namespace {

constexpr Statement kGet{"get", "SELECT value FROM sallyport.records WHERE key=$1::bytea"};
constexpr Statement kGetValues{
    "get-values", "SELECT key, value FROM sallyport.records WHERE key=ANY($1::bytea[])"};
constexpr Statement kGetRecords{
    "get-records",
    "SELECT key, value, names, sorts FROM sallyport.records WHERE key=ANY($1::bytea[])"};
constexpr Statement kReadPage{"read-page",
                              "SELECT key, value, names, sorts FROM sallyport.records WHERE "
                              "key>=$1::bytea ORDER BY key LIMIT "
                              "$2::bigint"};
constexpr Statement kList{
    "list",
    "SELECT i.sort, i.key, r.value FROM sallyport.index_rows i JOIN sallyport.records r ON "
    "r.key=i.key WHERE i.name=$1::bytea AND (i.sort, i.key)>=($2::bytea, $3::bytea) "
    "ORDER BY i.sort, i.key LIMIT $4::bigint"};
constexpr Statement kListBounded{
    "list-bounded",
    "SELECT i.sort, i.key, r.value FROM sallyport.index_rows i JOIN sallyport.records r ON "
    "r.key=i.key WHERE i.name=$1::bytea AND (i.sort, i.key)>=($2::bytea, $3::bytea) AND "
    "i.sort<$5::bytea ORDER BY i.sort, i.key LIMIT $4::bigint"};
constexpr Statement kCount{
    "count",
    "SELECT coalesce(sum(records), 0)::bigint, coalesce(sum(bytes), 0)::bigint FROM "
    "sallyport.counts WHERE name=$1::bytea"};
constexpr Statement kReadLog{
    "read-log",
    "SELECT sequence, hash, kind, subject, detail, keep_until FROM sallyport.log_entries WHERE "
    "sequence>$1::bigint ORDER BY sequence LIMIT $2::bigint"};
constexpr Statement kHashAt{"hash-at",
                            "SELECT hash FROM sallyport.log_entries WHERE sequence=$1::bigint"};

std::optional<uint32_t> TakeInt32(std::string_view& bytes) {
  if (bytes.size() < sizeof(uint32_t)) return std::nullopt;
  uint32_t number = 0;
  for (size_t i = 0; i < sizeof(number); ++i) number = number << 8 | static_cast<uint8_t>(bytes[i]);
  bytes.remove_prefix(sizeof(number));
  return number;
}

Failure Damaged(std::string_view what) {
  return {Failure::Kind::kOther, "a damaged " + std::string(what)};
}

}  // namespace

std::optional<std::vector<std::string_view>> ParseByteArray(std::string_view bytes) {
  const auto dimensions = TakeInt32(bytes);
  const auto has_nulls = TakeInt32(bytes);
  const auto type = TakeInt32(bytes);
  if (!dimensions || !has_nulls || !type || *dimensions > 1) return std::nullopt;
  std::vector<std::string_view> items;
  if (*dimensions == 0) return items;
  const auto count = TakeInt32(bytes);
  const auto first = TakeInt32(bytes);
  if (!count || !first) return std::nullopt;
  for (uint32_t i = 0; i < *count; ++i) {
    const auto size = TakeInt32(bytes);
    if (!size || *size > bytes.size()) return std::nullopt;
    items.push_back(bytes.substr(0, *size));
    bytes.remove_prefix(*size);
  }
  return items;
}

Outcome<revocation::LogHash> HashFrom(std::string_view bytes) {
  const auto hash = ArrayOf<revocation::LogHash>(bytes);
  if (!hash) return Damaged("hash of the log");
  return *hash;
}

Outcome<std::optional<std::string>> ReadValue(Connection& connection, std::string_view key,
                                              Deadline deadline) {
  SALLYPORT_ASSIGN(const Rows rows, connection.Run(kGet, Values().Bytes(key), deadline));
  if (rows.count() == 0) return std::optional<std::string>();
  return std::optional(std::string(rows.Bytes(0, 0)));
}

namespace {

Outcome<std::vector<StoredRecord>> RecordsOf(const Rows& rows) {
  std::vector<StoredRecord> records;
  for (int row = 0; row < rows.count(); ++row) {
    const auto names = ParseByteArray(rows.Bytes(row, 2));
    const auto sorts = ParseByteArray(rows.Bytes(row, 3));
    if (!names || !sorts || names->size() != sorts->size()) return Damaged("list of index rows");
    StoredRecord record{std::string(rows.Bytes(row, 0)), std::string(rows.Bytes(row, 1)), {}};
    for (size_t i = 0; i < names->size(); ++i) {
      record.rows.push_back({std::string((*names)[i]), std::string((*sorts)[i])});
    }
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace

Outcome<std::map<std::string, std::string, std::less<>>> ReadValues(
    Connection& connection, const std::vector<std::string>& keys, Deadline deadline) {
  const std::vector<std::string_view> views(keys.begin(), keys.end());
  SALLYPORT_ASSIGN(const Rows rows,
                   connection.Run(kGetValues, Values().ByteArray(views), deadline));
  std::map<std::string, std::string, std::less<>> values;
  for (int row = 0; row < rows.count(); ++row) {
    values.emplace(rows.Bytes(row, 0), rows.Bytes(row, 1));
  }
  return values;
}

Outcome<std::vector<StoredRecord>> ReadRecords(Connection& connection,
                                               const std::vector<std::string_view>& keys,
                                               Deadline deadline) {
  SALLYPORT_ASSIGN(const Rows rows,
                   connection.Run(kGetRecords, Values().ByteArray(keys), deadline));
  return RecordsOf(rows);
}

Outcome<std::vector<StoredRecord>> ReadPage(Connection& connection,
                                            const std::optional<std::string>& after, size_t limit,
                                            Deadline deadline) {
  // The least key that is greater.
  const std::string from = after ? *after + '\0' : std::string();
  SALLYPORT_ASSIGN(
      const Rows rows,
      connection.Run(kReadPage, Values().Bytes(from).Integer(QueryLimit(limit)), deadline));
  return RecordsOf(rows);
}

Outcome<std::vector<ListItem>> ReadIndex(Connection& connection, std::string_view index,
                                         std::string_view prefix,
                                         const std::optional<ListPosition>& after, size_t limit,
                                         Deadline deadline) {
  const IndexRange range = RangeOf(prefix, after);
  Values values;
  values.Bytes(index).Bytes(range.sort).Bytes(range.key).Integer(QueryLimit(limit));
  if (!range.bound.empty()) values.Bytes(range.bound);
  SALLYPORT_ASSIGN(const Rows rows,
                   connection.Run(range.bound.empty() ? kList : kListBounded, values, deadline));
  std::vector<ListItem> items;
  for (int row = 0; row < rows.count(); ++row) {
    items.push_back({std::string(rows.Bytes(row, 0)), std::string(rows.Bytes(row, 1)),
                     std::string(rows.Bytes(row, 2))});
  }
  return items;
}

Outcome<IndexCount> ReadCount(Connection& connection, std::string_view index, Deadline deadline) {
  SALLYPORT_ASSIGN(const Rows rows, connection.Run(kCount, Values().Bytes(index), deadline));
  return IndexCount{rows.Integer(0, 0), rows.Integer(0, 1)};
}

Outcome<std::vector<revocation::LogEntry>> ReadEntries(Connection& connection, uint64_t after,
                                                       size_t limit, Deadline deadline) {
  SALLYPORT_ASSIGN(
      const Rows rows,
      connection.Run(kReadLog,
                     Values().Integer(static_cast<int64_t>(after)).Integer(QueryLimit(limit)),
                     deadline));
  std::vector<revocation::LogEntry> entries;
  for (int row = 0; row < rows.count(); ++row) {
    revocation::LogEntry entry;
    entry.position.sequence = static_cast<uint64_t>(rows.Integer(row, 0));
    SALLYPORT_ASSIGN(entry.position.hash, HashFrom(rows.Bytes(row, 1)));
    entry.revocation.kind = static_cast<revocation::Kind>(rows.Integer(row, 2));
    entry.revocation.subject = rows.Bytes(row, 3);
    entry.revocation.detail = rows.Bytes(row, 4);
    entry.revocation.keep_until = rows.Integer(row, 5);
    entries.push_back(std::move(entry));
  }
  return entries;
}

Outcome<std::optional<revocation::LogHash>> ReadHash(Connection& connection, uint64_t sequence,
                                                     Deadline deadline) {
  if (sequence == 0) return std::optional(revocation::LogHash{});
  SALLYPORT_ASSIGN(
      const Rows rows,
      connection.Run(kHashAt, Values().Integer(static_cast<int64_t>(sequence)), deadline));
  if (rows.count() == 0) return std::optional<revocation::LogHash>();
  SALLYPORT_ASSIGN(const revocation::LogHash hash, HashFrom(rows.Bytes(0, 0)));
  return std::optional(hash);
}

}  // namespace sallyport::store::postgres
