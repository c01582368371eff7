#include "store/sqlite/transaction.h"

#include <cstring>

namespace sallyport::store {
namespace {

// The column records.rows: for each row its index, then its sort, each as a length (32 bits,
// little-endian) and the text.
std::string EncodeRows(const std::vector<IndexRow>& rows) {
  std::string bytes;
  const auto append = [&](std::string_view text) {
    const auto size = static_cast<uint32_t>(text.size());
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(size >> shift);
    bytes += text;
  };
  for (const IndexRow& row : rows) {
    append(row.index);
    append(row.sort);
  }
  return bytes;
}

int64_t SizeOf(std::string_view key, std::string_view rows, int64_t value_bytes) {
  return static_cast<int64_t>(key.size() + rows.size()) + value_bytes;
}

}  // namespace

base::Result<SqliteTx> SqliteTx::Prepare(Database& database) {
  SALLYPORT_ASSIGN(Queries queries, Queries::Prepare(database));
  SqliteTx tx(database.handle(), std::move(queries));
  SALLYPORT_ASSIGN(tx.put_, database.Prepare("INSERT INTO records(key, rows, value) VALUES(?, ?, ?)"
                                             " ON CONFLICT(key) DO UPDATE SET rows=excluded.rows,"
                                             " value=excluded.value"));
  SALLYPORT_ASSIGN(
      tx.exchange_,
      database.Prepare("UPDATE records SET value=? WHERE key=? AND value=? RETURNING rows"));
  SALLYPORT_ASSIGN(tx.rows_of_,
                   database.Prepare("SELECT rows, length(value) FROM records WHERE key=?"));
  SALLYPORT_ASSIGN(tx.delete_, database.Prepare("DELETE FROM records WHERE key=?"));
  SALLYPORT_ASSIGN(tx.put_row_,
                   database.Prepare("INSERT OR IGNORE INTO index_rows VALUES(?, ?, ?)"));
  SALLYPORT_ASSIGN(tx.delete_row_,
                   database.Prepare("DELETE FROM index_rows WHERE name=? AND sort=? AND key=?"));
  SALLYPORT_ASSIGN(tx.append_, database.Prepare("INSERT INTO log VALUES(?, ?, ?, ?, ?, ?)"));
  SALLYPORT_ASSIGN(tx.set_meta_, database.Prepare("INSERT INTO meta VALUES(CAST(? AS TEXT), ?) ON "
                                                  "CONFLICT(name) DO UPDATE SET "
                                                  "value=excluded.value"));
  SALLYPORT_ASSIGN(tx.add_to_meta_,
                   database.Prepare("INSERT INTO meta VALUES(CAST(? AS TEXT), ?) ON CONFLICT(name) "
                                    "DO UPDATE SET value=value+excluded.value"));
  SALLYPORT_ASSIGN(
      tx.set_counts_,
      database.Prepare("UPDATE meta SET value=CASE name WHEN 'counted_sequence' THEN ? "
                       "ELSE ? END WHERE name IN ('counted_sequence', "
                       "'counted_rows')"));
  SALLYPORT_ASSIGN(tx.expire_,
                   database.Prepare("DELETE FROM log WHERE sequence IN (SELECT sequence FROM log "
                                    "WHERE keep_until<? AND sequence<? LIMIT ?) "
                                    "RETURNING sequence"));
  SALLYPORT_ASSIGN(tx.empty_log_, database.Prepare("DELETE FROM log"));
  return tx;
}

base::Result<std::optional<std::string>> SqliteTx::Get(std::string_view key) {
  return Note(queries_.Get(key));
}

base::Result<std::vector<ListItem>> SqliteTx::List(std::string_view index, std::string_view prefix,
                                                   const std::optional<ListPosition>& after,
                                                   size_t limit) {
  return Note(queries_.List(index, prefix, after, limit));
}

base::Result<IndexCount> SqliteTx::CountOf(std::string_view index) {
  return Note(queries_.CountOf(index));
}

base::Status SqliteTx::CheckWritable() {
  if (writable_) return {};
  refused_ = true;
  return DiskFullError("the disk is full, and only calls that revoke are still accepted");
}

base::Status SqliteTx::Put(std::string_view key, std::string_view value,
                           const std::vector<IndexRow>& rows) {
  SALLYPORT_TRY(CheckWritable());
  return Note(Replace(key, value, rows));
}

base::Result<bool> SqliteTx::Exchange(std::string_view key, std::string_view before,
                                      std::string_view after) {
  SALLYPORT_TRY(CheckWritable());
  changed_ |= KindOf(key);
  std::string rows;
  {
    auto run = exchange_.Begin();
    run.Bytes(after).Bytes(key).Bytes(before);
    SALLYPORT_ASSIGN(const bool exchanged, Note(run.Step()));
    if (!exchanged) return false;
    rows = run.BytesAt(0);
    SALLYPORT_TRY(Note(run.Finish()));
  }
  const int64_t more = static_cast<int64_t>(after.size()) - static_cast<int64_t>(before.size());
  SALLYPORT_TRY(Note(Count(rows, 0, more)));
  return true;
}

base::Status SqliteTx::Delete(std::string_view key) {
  SALLYPORT_TRY(CheckWritable());
  return Note(Remove(key));
}

base::Status SqliteTx::Append(revocation::Revocation revocation) {
  SALLYPORT_TRY(CheckFitsFrame(revocation));
  SALLYPORT_TRY(CheckWritable());
  revocation::LogPosition next;
  next.sequence = log_.head.sequence + 1;
  next.hash = revocation::NextHash(log_.head.hash, next.sequence, revocation);
  SALLYPORT_TRY(Note(Insert(next, revocation)));
  log_.head = next;
  ++log_.rows;
  appended_.push_back({next, std::move(revocation)});
  return {};
}

void SqliteTx::RestoreLog(const LogState& state) {
  log_ = state;
  while (!appended_.empty() && appended_.back().position.sequence > state.head.sequence) {
    appended_.pop_back();
  }
}

base::Result<std::optional<SqliteTx::Stored>> SqliteTx::StoredOf(std::string_view key) {
  auto run = rows_of_.Begin();
  run.Bytes(key);
  SALLYPORT_ASSIGN(bool found, run.Step());
  if (!found) return std::optional<Stored>();
  return std::optional(Stored{std::string(run.BytesAt(0)), run.IntegerAt(1)});
}

base::Status SqliteTx::Count(std::string_view rows, int64_t records, int64_t bytes) {
  if (records == 0 && bytes == 0) return {};
  const auto add = [this](const std::string& name, int64_t number) {
    auto run = add_to_meta_.Begin();
    run.Bytes(name).Integer(number);
    return run.Finish();
  };
  while (!rows.empty()) {
    const auto index = TakeText(rows);
    const auto sort = TakeText(rows);
    if (!index || !sort) return base::InternalError("sqlite: the list of index rows is damaged");
    if (!index->starts_with(kCountedIndexes)) continue;
    if (records != 0) SALLYPORT_TRY(add(CountedRecords(*index), records));
    SALLYPORT_TRY(add(CountedBytes(*index), bytes));
  }
  return {};
}

base::Status SqliteTx::DeleteRows(std::string_view key, std::string_view stored) {
  while (!stored.empty()) {
    const auto index = TakeText(stored);
    const auto sort = TakeText(stored);
    if (!index || !sort) return base::InternalError("sqlite: the list of index rows is damaged");
    auto run = delete_row_.Begin();
    run.Bytes(*index).Bytes(*sort).Bytes(key);
    SALLYPORT_TRY(run.Finish());
  }
  return {};
}

base::Status SqliteTx::Replace(std::string_view key, std::string_view value,
                               const std::vector<IndexRow>& rows) {
  changed_ |= KindOf(key);
  SALLYPORT_ASSIGN(const std::optional<Stored> stored, StoredOf(key));
  const std::string encoded = EncodeRows(rows);
  const auto value_bytes = static_cast<int64_t>(value.size());
  if (stored && stored->rows == encoded) {
    SALLYPORT_TRY(Count(encoded, 0, value_bytes - stored->value_bytes));
  } else {
    if (stored) {
      SALLYPORT_TRY(DeleteRows(key, stored->rows));
      SALLYPORT_TRY(Count(stored->rows, -1, -SizeOf(key, stored->rows, stored->value_bytes)));
    }
    SALLYPORT_TRY(Count(encoded, 1, SizeOf(key, encoded, value_bytes)));
    for (const IndexRow& row : rows) {
      auto run = put_row_.Begin();
      run.Bytes(row.index).Bytes(row.sort).Bytes(key);
      SALLYPORT_TRY(run.Finish());
    }
  }
  auto run = put_.Begin();
  run.Bytes(key).Bytes(encoded).Bytes(value);
  return run.Finish();
}

base::Status SqliteTx::Remove(std::string_view key) {
  changed_ |= KindOf(key);
  SALLYPORT_ASSIGN(const std::optional<Stored> stored, StoredOf(key));
  if (!stored) return {};
  SALLYPORT_TRY(DeleteRows(key, stored->rows));
  SALLYPORT_TRY(Count(stored->rows, -1, -SizeOf(key, stored->rows, stored->value_bytes)));
  auto run = delete_.Begin();
  run.Bytes(key);
  return run.Finish();
}

base::Status SqliteTx::Insert(const revocation::LogPosition& position,
                              const revocation::Revocation& revocation) {
  auto run = append_.Begin();
  run.Integer(static_cast<int64_t>(position.sequence))
      .Bytes(BytesOf(position.hash))
      .Integer(static_cast<int64_t>(revocation.kind))
      .Bytes(revocation.subject)
      .Bytes(revocation.detail)
      .Integer(revocation.keep_until);
  return run.Finish();
}

base::Status SqliteTx::EmptyLog() {
  auto run = empty_log_.Begin();
  SALLYPORT_TRY(Note(run.Finish()));
  log_ = {};
  appended_.clear();
  return {};
}

base::Status SqliteTx::Adopt(const revocation::LogEntry& entry) {
  SALLYPORT_TRY(Note(Insert(entry.position, entry.revocation)));
  log_.head = entry.position;
  ++log_.rows;
  return {};
}

base::Status SqliteTx::SetMeta(std::string_view name, std::string_view bytes) {
  auto run = set_meta_.Begin();
  run.Bytes(name).Bytes(bytes);
  return Note(run.Finish());
}

base::Status SqliteTx::SetMeta(std::string_view name, int64_t number) {
  auto run = set_meta_.Begin();
  run.Bytes(name).Integer(number);
  return Note(run.Finish());
}

base::Status SqliteTx::SetCounted() {
  auto run = set_counts_.Begin();
  run.Integer(static_cast<int64_t>(log_.head.sequence)).Integer(static_cast<int64_t>(log_.rows));
  return Note(run.Finish());
}

base::Result<uint64_t> SqliteTx::DeleteExpired(int64_t now_seconds, size_t limit) {
  auto run = expire_.Begin();
  run.Integer(now_seconds)
      .Integer(static_cast<int64_t>(log_.head.sequence))
      .Integer(static_cast<int64_t>(limit));
  uint64_t deleted = 0;
  while (true) {
    SALLYPORT_ASSIGN(bool row, Note(run.Step()));
    if (!row) break;
    ++deleted;
  }
  log_.rows -= deleted;
  return deleted;
}

}  // namespace sallyport::store
