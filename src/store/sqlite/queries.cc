#include "store/sqlite/queries.h"

#include "store/index_range.h"

namespace sallyport::store {
namespace {

// The page cache of a reader. What it maps from the file is not included.
constexpr int kReaderCacheKib = 512;

}  // namespace

base::Result<revocation::LogHash> HashFromBytes(std::string_view bytes) {
  const auto hash = ArrayOf<revocation::LogHash>(bytes);
  if (!hash) return base::InternalError("sqlite: a log hash of wrong size");
  return *hash;
}

std::optional<std::string_view> TakeText(std::string_view& bytes) {
  if (bytes.size() < 4) return std::nullopt;
  uint32_t size = 0;
  for (int i = 0; i < 4; ++i) size |= uint32_t{static_cast<uint8_t>(bytes[i])} << (8 * i);
  bytes.remove_prefix(4);
  if (bytes.size() < size) return std::nullopt;
  const std::string_view text = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return text;
}

std::string CountedRecords(std::string_view index) {
  return std::string(index) + "#records";
}

std::string CountedBytes(std::string_view index) {
  return std::string(index) + "#bytes";
}

base::Result<Queries> Queries::Prepare(Database& database) {
  Queries queries;
  SALLYPORT_ASSIGN(queries.get_, database.Prepare("SELECT value FROM records WHERE key=?"));
  // CROSS JOIN makes SQLite use the index first, in its order.
  SALLYPORT_ASSIGN(
      queries.list_,
      database.Prepare("SELECT i.sort, i.key, r.value FROM index_rows i CROSS JOIN records r "
                       "ON r.key=i.key WHERE i.name=? AND (i.sort, i.key)>=(?, ?) "
                       "ORDER BY i.sort, i.key LIMIT ?"));
  SALLYPORT_ASSIGN(
      queries.list_bounded_,
      database.Prepare("SELECT i.sort, i.key, r.value FROM index_rows i CROSS JOIN records r "
                       "ON r.key=i.key WHERE i.name=? AND (i.sort, i.key)>=(?, ?) AND i.sort<? "
                       "ORDER BY i.sort, i.key LIMIT ?"));
  SALLYPORT_ASSIGN(queries.read_log_,
                   database.Prepare("SELECT sequence, hash, kind, subject, detail, keep_until "
                                    "FROM log WHERE sequence>? ORDER BY sequence LIMIT ?"));
  SALLYPORT_ASSIGN(queries.hash_at_, database.Prepare("SELECT hash FROM log WHERE sequence=?"));
  SALLYPORT_ASSIGN(queries.meta_,
                   database.Prepare("SELECT value FROM meta WHERE name=CAST(? AS TEXT)"));
  return queries;
}

base::Result<std::optional<std::string>> Queries::Get(std::string_view key) {
  auto run = get_.Begin();
  run.Bytes(key);
  SALLYPORT_ASSIGN(bool row, run.Step());
  if (!row) return std::optional<std::string>();
  return std::optional<std::string>(run.BytesAt(0));
}

base::Result<std::vector<ListItem>> Queries::List(std::string_view index, std::string_view prefix,
                                                  const std::optional<ListPosition>& after,
                                                  size_t limit) {
  const IndexRange range = RangeOf(prefix, after);
  auto run = range.bound.empty() ? list_.Begin() : list_bounded_.Begin();
  run.Bytes(index).Bytes(range.sort).Bytes(range.key);
  if (!range.bound.empty()) run.Bytes(range.bound);
  run.Integer(QueryLimit(limit));
  std::vector<ListItem> items;
  while (true) {
    SALLYPORT_ASSIGN(bool row, run.Step());
    if (!row) return items;
    items.push_back(
        {std::string(run.BytesAt(0)), std::string(run.BytesAt(1)), std::string(run.BytesAt(2))});
  }
}

base::Result<int64_t> Queries::MetaInteger(const std::string& name) {
  auto run = meta_.Begin();
  run.Bytes(name);
  SALLYPORT_ASSIGN(bool row, run.Step());
  return row ? run.IntegerAt(0) : 0;
}

base::Result<IndexCount> Queries::CountOf(std::string_view index) {
  IndexCount count;
  SALLYPORT_ASSIGN(count.records, MetaInteger(CountedRecords(index)));
  SALLYPORT_ASSIGN(count.bytes, MetaInteger(CountedBytes(index)));
  return count;
}

base::Result<std::vector<revocation::LogEntry>> Queries::ReadLog(uint64_t after, size_t limit) {
  auto run = read_log_.Begin();
  run.Integer(static_cast<int64_t>(after)).Integer(QueryLimit(limit));
  std::vector<revocation::LogEntry> entries;
  while (true) {
    SALLYPORT_ASSIGN(bool row, run.Step());
    if (!row) return entries;
    revocation::LogEntry entry;
    entry.position.sequence = static_cast<uint64_t>(run.IntegerAt(0));
    SALLYPORT_ASSIGN(entry.position.hash, HashFromBytes(run.BytesAt(1)));
    entry.revocation.kind = static_cast<revocation::Kind>(run.IntegerAt(2));
    entry.revocation.subject = run.BytesAt(3);
    entry.revocation.detail = run.BytesAt(4);
    entry.revocation.keep_until = run.IntegerAt(5);
    entries.push_back(std::move(entry));
  }
}

base::Result<std::optional<revocation::LogHash>> Queries::HashAt(uint64_t sequence) {
  if (sequence == 0) return std::optional<revocation::LogHash>(revocation::LogHash{});
  auto run = hash_at_.Begin();
  run.Integer(static_cast<int64_t>(sequence));
  SALLYPORT_ASSIGN(bool row, run.Step());
  if (!row) return std::optional<revocation::LogHash>();
  SALLYPORT_ASSIGN(revocation::LogHash hash, HashFromBytes(run.BytesAt(0)));
  return std::optional<revocation::LogHash>(hash);
}

base::Result<std::vector<StoredRecord>> Queries::ReadRecords(
    Database& database, const std::optional<std::string>& after, size_t limit) {
  SALLYPORT_ASSIGN(const Statement select,
                   database.Prepare(after ? "SELECT key, value, rows FROM records WHERE key>? "
                                            "ORDER BY key LIMIT ?"
                                          : "SELECT key, value, rows FROM records ORDER BY key "
                                            "LIMIT ?"));
  auto run = select.Begin();
  if (after) run.Bytes(*after);
  run.Integer(QueryLimit(limit));
  std::vector<StoredRecord> records;
  while (true) {
    SALLYPORT_ASSIGN(const bool row, run.Step());
    if (!row) return records;
    StoredRecord record{std::string(run.BytesAt(0)), std::string(run.BytesAt(1)), {}};
    std::string_view rows = run.BytesAt(2);
    while (!rows.empty()) {
      const auto index = TakeText(rows);
      const auto sort = TakeText(rows);
      if (!index || !sort) return base::InternalError("sqlite: a damaged list of index rows");
      record.rows.push_back({std::string(*index), std::string(*sort)});
    }
    records.push_back(std::move(record));
  }
}

base::Result<ReadConnection> ReadConnection::Open(const std::string& path) {
  SALLYPORT_ASSIGN(Database database, Database::Open(path, false, kReaderCacheKib));
  SALLYPORT_ASSIGN(Queries queries, Queries::Prepare(database));
  SALLYPORT_ASSIGN(Statement begin, database.Prepare("BEGIN"));
  SALLYPORT_ASSIGN(Statement end, database.Prepare("COMMIT"));
  return ReadConnection{std::move(database), std::move(queries), std::move(begin), std::move(end)};
}

void ReadConnection::End() {
  if (!end.Begin().Finish()) (void)database.Execute("ROLLBACK");
}

}  // namespace sallyport::store
