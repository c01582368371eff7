#include "store_postgres/queries.h"

#include <algorithm>

#include "store/index_range.h"

namespace sallyport::store::postgres {
namespace {

constexpr Statement kGet{"get", "SELECT value FROM sallyport.records WHERE key=$1::bytea"};
constexpr Statement kGetKnown{
    "get-known", "SELECT value, names, sorts FROM sallyport.records WHERE key=$1::bytea"};
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
constexpr Statement kFirst{
    "first",
    "SELECT i.sort, i.key, r.value, r.names, r.sorts FROM sallyport.index_rows i JOIN "
    "sallyport.records r ON r.key=i.key WHERE i.name=$1::bytea AND (i.sort, i.key)>=($2::bytea, "
    "$3::bytea) ORDER BY i.sort, i.key LIMIT 1"};
// Reads records whose keys are in the values of other records, together with those others. It is
// one statement, so that both are of one state even outside of a transaction. Otherwise a record
// could be taken for absent because its pointer named another one by then.
constexpr Statement kFollowValues{
    "follow-values",
    "SELECT p.key, p.value, p.names, p.sorts, r.key, r.value, r.names, r.sorts FROM "
    "unnest($1::bytea[], $2::bytea[]) AS f(pointer, prefix) JOIN sallyport.records p ON "
    "p.key=f.pointer LEFT JOIN sallyport.records r ON r.key=f.prefix||p.value"};
// The same for records whose keys are in the index rows of others.
constexpr Statement kFollowRows{
    "follow-rows",
    "SELECT p.key, p.value, p.names, p.sorts, r.key, r.value, r.names, r.sorts FROM "
    "unnest($1::bytea[], $2::bytea[], $3::bytea[], $4::bigint[]) AS f(pointer, prefix, index, "
    "tail) JOIN sallyport.records p ON p.key=f.pointer LEFT JOIN LATERAL (SELECT sort FROM "
    "unnest(p.names, p.sorts) AS w(name, sort) WHERE w.name=f.index AND "
    "octet_length(w.sort)>=f.tail LIMIT 1) w ON true LEFT JOIN sallyport.records r ON "
    "r.key=f.prefix||substr(w.sort, 1, (octet_length(w.sort)-f.tail)::integer)"};
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

Outcome<std::vector<IndexRow>> IndexRowsOf(std::string_view name_bytes,
                                           std::string_view sort_bytes) {
  const auto names = ParseByteArray(name_bytes);
  const auto sorts = ParseByteArray(sort_bytes);
  if (!names || !sorts || names->size() != sorts->size()) return Damaged("list of index rows");
  std::vector<IndexRow> rows;
  for (size_t i = 0; i < names->size(); ++i) {
    rows.push_back({std::string((*names)[i]), std::string((*sorts)[i])});
  }
  return rows;
}

Outcome<std::vector<StoredRecord>> RecordsOf(const Rows& rows) {
  std::vector<StoredRecord> records;
  for (int row = 0; row < rows.count(); ++row) {
    SALLYPORT_ASSIGN(std::vector<IndexRow> index_rows,
                     IndexRowsOf(rows.Bytes(row, 2), rows.Bytes(row, 3)));
    records.push_back(
        {std::string(rows.Bytes(row, 0)), std::string(rows.Bytes(row, 1)), std::move(index_rows)});
  }
  return records;
}

// Of a row with value, names and sorts from `column` on.
ReadRecord ReadRecordOf(const Rows& rows, int row, int column) {
  return {std::string(rows.Bytes(row, column)), std::string(rows.Bytes(row, column + 1)),
          std::string(rows.Bytes(row, column + 2))};
}

// The key of the record that `pointer` names; nullopt: it names none.
Outcome<std::optional<std::string>> KeyThatFollows(const Following& following,
                                                   const ReadRecord& pointer) {
  if (following.index.empty()) return std::optional(following.prefix + pointer.value);
  SALLYPORT_ASSIGN(const auto rows, IndexRowsOf(pointer.names, pointer.sorts));
  for (const IndexRow& row : rows) {
    if (row.index != following.index || row.sort.size() < following.tail) continue;
    return std::optional(following.prefix + row.sort.substr(0, row.sort.size() - following.tail));
  }
  return std::optional<std::string>();
}

// Adds what reads the records that follow.
void AddFollowing(Connection& connection, const std::vector<Following>& following, bool by_row) {
  std::vector<std::string_view> pointers, prefixes, indexes;
  std::vector<int64_t> tails;
  for (const Following& one : following) {
    if (one.index.empty() == by_row) continue;
    pointers.push_back(one.pointer);
    prefixes.push_back(one.prefix);
    indexes.push_back(one.index);
    tails.push_back(static_cast<int64_t>(one.tail));
  }
  Values values;
  values.ByteArray(pointers).ByteArray(prefixes);
  if (by_row) values.ByteArray(indexes).IntegerArray(tails);
  connection.Add(by_row ? kFollowRows : kFollowValues, values);
}

void AddFirst(Connection& connection, const FirstOf& first) {
  const IndexRange range = RangeOf(first.prefix, std::nullopt);
  connection.Add(kFirst, Values().Bytes(first.index).Bytes(range.sort).Bytes(range.key));
}

std::vector<ListItem> FirstFrom(const Rows& rows, const FirstOf& first, KnownRecords& known) {
  if (rows.count() == 0 || !rows.Bytes(0, 0).starts_with(first.prefix)) return {};
  ListItem item{std::string(rows.Bytes(0, 0)), std::string(rows.Bytes(0, 1)),
                std::string(rows.Bytes(0, 2))};
  known.insert_or_assign(item.key, ReadRecordOf(rows, 0, 2));
  return {std::move(item)};
}

}  // namespace

ReadRecord AsRead(const Record& record) {
  std::vector<std::string_view> names, sorts;
  for (const IndexRow& row : record.rows) {
    names.push_back(row.index);
    sorts.push_back(row.sort);
  }
  return {record.value, ByteArrayBytes(names), ByteArrayBytes(sorts)};
}

Outcome<Record> RecordOf(const ReadRecord& bytes) {
  SALLYPORT_ASSIGN(std::vector<IndexRow> rows, IndexRowsOf(bytes.names, bytes.sorts));
  return Record{bytes.value, std::move(rows)};
}

Outcome<KnownRecord> ReadKnown(Connection& connection, std::string_view key, Deadline deadline) {
  SALLYPORT_ASSIGN(const Rows rows, connection.Run(kGetKnown, Values().Bytes(key), deadline));
  if (rows.count() == 0) return KnownRecord();
  return KnownRecord(ReadRecordOf(rows, 0, 0));
}

namespace {

bool Follow(const Reads& reads, bool by_row) {
  return std::any_of(reads.following.begin(), reads.following.end(),
                     [&](const Following& one) { return one.index.empty() != by_row; });
}

// How many answers there are for records, without those for the first records of indexes.
size_t AnswersOfRecords(const Reads& reads) {
  return 1 + size_t{Follow(reads, false)} + size_t{Follow(reads, true)};
}

// Adds what one of the two statements of AddFollowing has given.
Outcome<void> AddFollowed(const Rows& rows, const Reads& reads, bool by_row, ReadTogether& read) {
  for (int row = 0; row < rows.count(); ++row) {
    const std::string pointer(rows.Bytes(row, 0));
    const ReadRecord record = ReadRecordOf(rows, row, 1);
    for (const Following& one : reads.following) {
      if (one.pointer != pointer || one.index.empty() == by_row) continue;
      SALLYPORT_ASSIGN(const auto key, KeyThatFollows(one, record));
      if (key) read.records.try_emplace(*key);
    }
    read.records[pointer] = record;
    if (rows.IsNull(row, 4)) continue;
    read.records[std::string(rows.Bytes(row, 4))] = ReadRecordOf(rows, row, 5);
  }
  return {};
}

}  // namespace

size_t AnswersOf(const Reads& reads) {
  return AnswersOfRecords(reads) + reads.firsts.size();
}

void AddReads(Connection& connection, const Reads& reads) {
  const std::vector<std::string_view> keys(reads.keys.begin(), reads.keys.end());
  connection.Add(kGetRecords, Values().ByteArray(keys));
  if (Follow(reads, false)) AddFollowing(connection, reads.following, false);
  if (Follow(reads, true)) AddFollowing(connection, reads.following, true);
  for (const FirstOf& first : reads.firsts) AddFirst(connection, first);
}

Outcome<ReadTogether> ReadsFrom(const std::vector<Rows>& answers, const Reads& reads) {
  ReadTogether read;
  for (const std::string& key : reads.keys) read.records[key];
  for (const Following& one : reads.following) read.records[one.pointer];
  const size_t firsts = answers.size() - reads.firsts.size();
  const size_t begin = firsts - AnswersOfRecords(reads);
  for (int row = 0; row < answers[begin].count(); ++row) {
    read.records[std::string(answers[begin].Bytes(row, 0))] = ReadRecordOf(answers[begin], row, 1);
  }
  size_t at = begin;
  for (const bool by_row : {false, true}) {
    if (Follow(reads, by_row)) SALLYPORT_TRY(AddFollowed(answers[++at], reads, by_row, read));
  }
  for (size_t i = 0; i < reads.firsts.size(); ++i) {
    const FirstOf& first = reads.firsts[i];
    read.firsts[{first.index, first.prefix}] = FirstFrom(answers[firsts + i], first, read.records);
  }
  return read;
}

Outcome<ReadTogether> ReadAll(Connection& connection, const Reads& reads, Deadline deadline) {
  AddReads(connection, reads);
  SALLYPORT_ASSIGN(const std::vector<Rows> answers, connection.Run(deadline));
  return ReadsFrom(answers, reads);
}

Outcome<std::vector<ListItem>> ReadFirst(Connection& connection, const FirstOf& first,
                                         KnownRecords& known, Deadline deadline) {
  AddFirst(connection, first);
  SALLYPORT_ASSIGN(const std::vector<Rows> all, connection.Run(deadline));
  return FirstFrom(all.back(), first, known);
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
  items.reserve(static_cast<size_t>(rows.count()));
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
