#include "store_postgres/transaction.h"

#include <algorithm>
#include <utility>

#include "base/error_codes.h"
#include "base/random.h"
#include "base/sentence.h"
#include "store_postgres/schema.h"

namespace sallyport::store::postgres {
namespace {

constexpr Statement kBegin{"begin", "BEGIN ISOLATION LEVEL SERIALIZABLE"};
// A change locks records for which other servers wait. A server that stands still in the middle of
// it, or that is cut off from the database, must not keep the locks.
constexpr Statement kChangeNotForLong{"not-for-long",
                                      "SET LOCAL idle_in_transaction_session_timeout=2000"};
constexpr Statement kCommit{"commit", "COMMIT"};
constexpr Statement kRollback{"rollback", "ROLLBACK"};
// Fails where one of the records $1 is not as $2, $3 and $4 say, or where one of $5 exists: the
// text is no number.
constexpr Statement kVerify{
    "verify",
    "SELECT (CASE WHEN EXISTS(SELECT FROM unnest($1::bytea[], $2::bytea[], $3::bytea[], "
    "$4::bytea[]) AS g(key, value, names, sorts) LEFT JOIN sallyport.records r ON r.key=g.key "
    "WHERE r.value IS DISTINCT FROM g.value OR array_send(r.names) IS DISTINCT FROM g.names OR "
    "array_send(r.sorts) IS DISTINCT FROM g.sorts) OR EXISTS(SELECT FROM sallyport.records WHERE "
    "key=ANY($5::bytea[])) THEN 'changed meanwhile, so that the call reads it again' ELSE '0' "
    "END)::bigint"};
constexpr Statement kUpdateValue{
    "update-value", "UPDATE sallyport.records SET value=$2::bytea WHERE key=$1::bytea"};
constexpr Statement kUpdateRecord{
    "update-record",
    "UPDATE sallyport.records SET value=$2::bytea, names=$3::bytea[], sorts=$4::bytea[] WHERE "
    "key=$1::bytea"};
constexpr Statement kInsertRecord{
    "insert-record",
    "INSERT INTO sallyport.records VALUES($1::bytea, $2::bytea, $3::bytea[], $4::bytea[])"};
constexpr Statement kUpsertRecord{
    "upsert-record",
    "INSERT INTO sallyport.records VALUES($1::bytea, $2::bytea, $3::bytea[], $4::bytea[]) ON "
    "CONFLICT (key) DO UPDATE SET value=excluded.value, names=excluded.names, "
    "sorts=excluded.sorts"};
constexpr Statement kDeleteRecord{"delete-record",
                                  "DELETE FROM sallyport.records WHERE key=$1::bytea"};
// Deletes the index rows of a record that was not read, and subtracts it from the counts. As in
// Count, each row has the size of its texts and 8 bytes.
constexpr Statement kDropUnread{
    "drop-unread",
    "WITH old AS (SELECT key, value, names, sorts FROM sallyport.records WHERE key=$1::bytea), "
    "listed AS (SELECT r.name, r.sort, old.key FROM old, unnest(old.names, old.sorts) AS r(name, "
    "sort)), "
    // All three columns are compared, so that each row is found by its key in the index.
    "dropped AS (DELETE FROM sallyport.index_rows i USING listed l WHERE i.name=l.name AND "
    "i.sort=l.sort AND i.key=l.key) "
    "INSERT INTO sallyport.counts SELECT l.name, -1, -(octet_length(old.key)+"
    "octet_length(old.value)+(SELECT sum(8+octet_length(name)+octet_length(sort)) FROM listed)) "
    "FROM old, listed l WHERE substr(l.name, 1, 8)='counted/'"};
constexpr Statement kDeleteRows{
    "delete-rows",
    "DELETE FROM sallyport.index_rows i USING unnest($1::bytea[], $2::bytea[], $3::bytea[]) AS "
    "r(name, sort, key) WHERE i.name=r.name AND i.sort=r.sort AND i.key=r.key"};
constexpr Statement kInsertRows{
    "insert-rows",
    "INSERT INTO sallyport.index_rows SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::bytea[]) "
    "ON CONFLICT DO NOTHING"};
constexpr Statement kInsertCounts{
    "insert-counts",
    "INSERT INTO sallyport.counts SELECT * FROM unnest($1::bytea[], $2::bigint[], $3::bigint[])"};
constexpr Statement kInsertPending{
    "insert-pending",
    "INSERT INTO sallyport.log_pending(kind, subject, detail, keep_until) SELECT kind, subject, "
    "detail, keep_until FROM unnest($1::bigint[], $2::bytea[], $3::bytea[], $4::bigint[]) WITH "
    "ORDINALITY AS e(kind, subject, detail, keep_until, place) ORDER BY place"};
constexpr Statement kInsertCommit{"insert-commit",
                                  "INSERT INTO sallyport.commits(id) VALUES($1::bytea)"};
// Runs after the COMMIT, in a transaction of its own. Whatever was committed before it is either
// numbered or pending.
constexpr Statement kHeadSeen{
    "head-seen",
    "SELECT sequence, EXISTS(SELECT FROM sallyport.log_pending) FROM sallyport.log_head"};

// PostgreSQL's greatest row of an index is 2704 bytes (BTMaxItemSize), headers included.
constexpr size_t kGreatestIndexed = 2600;

constexpr base::Sentence<0> kTooLong{
    base::code::kInvalidParameter,
    "A name or an attribute by which users are found is too long for the server's database."};

struct RowTexts {
  std::vector<std::string_view> names, sorts;
  explicit RowTexts(const std::vector<IndexRow>& rows) {
    for (const IndexRow& row : rows) {
      names.push_back(row.index);
      sorts.push_back(row.sort);
    }
  }
};

Values RecordValues(const std::string& key, const Record& record) {
  const RowTexts texts(record.rows);
  Values values;
  values.Bytes(key).Bytes(record.value).ByteArray(texts.names).ByteArray(texts.sorts);
  return values;
}

}  // namespace

PostgresTx::PostgresTx(Connection& connection, Options options)
    : connection_(connection), options_(std::move(options)) {
  base::RandomBytes(commit_id_);
}

base::Error PostgresTx::Note(const Failure& failure) {
  if (!failure_) failure_ = failure;
  return ErrorOf(failure);
}

void PostgresTx::AddBegin() {
  if (!std::exchange(begun_, true)) {
    connection_.Add(kBegin);
    connection_.Add(kChangeNotForLong);
  }
  AddVerification();
}

void PostgresTx::AddVerification() {
  if (unverified_.empty()) return;
  std::vector<std::string_view> keys, values, names, sorts, absent;
  for (const auto& [key, record] : unverified_) {
    if (!record) {
      absent.push_back(key);
      continue;
    }
    keys.push_back(key);
    values.push_back(record->value);
    names.push_back(record->names);
    sorts.push_back(record->sorts);
  }
  connection_.Add(
      kVerify,
      Values().ByteArray(keys).ByteArray(values).ByteArray(names).ByteArray(sorts).ByteArray(
          absent));
  unverified_.clear();
}

bool PostgresTx::UseRecent(std::string_view key, Entry& entry) {
  if (options_.recent == nullptr) return false;
  const auto found = options_.recent->find(key);
  if (found == options_.recent->end()) return false;
  std::optional<Record> record;
  if (found->second) {
    auto parsed = RecordOf(*found->second);
    if (!parsed) return false;
    record = *std::move(parsed);
  }
  entry.stored = std::move(record);
  entry.known = true;
  entry.left = true;
  unverified_.emplace(*found);
  return true;
}

PostgresTx::Entry& PostgresTx::Of(std::string_view key) {
  const auto found = records_.find(key);
  return found != records_.end() ? found->second : records_[std::string(key)];
}

Outcome<void> PostgresTx::LoadAll(const std::vector<std::string_view>& keys) {
  AddBegin();
  SALLYPORT_ASSIGN(std::vector<StoredRecord> found,
                   ReadRecords(connection_, keys, options_.deadline));
  for (const std::string_view key : keys) Of(key).known = true;
  for (StoredRecord& one : found) {
    Of(one.key).stored = Record{std::move(one.value), std::move(one.rows)};
  }
  return {};
}

Outcome<PostgresTx::Entry*> PostgresTx::Load(std::string_view key) {
  Entry& entry = Of(key);
  if (!entry.known && !entry.changed && !UseRecent(key, entry)) SALLYPORT_TRY(LoadAll({key}));
  return &entry;
}

Outcome<void> PostgresTx::LoadUnread() {
  std::vector<std::string_view> unread;
  for (const auto& [key, entry] : records_) {
    if (entry.changed && !entry.known) unread.push_back(key);
  }
  return unread.empty() ? Outcome<void>() : LoadAll(unread);
}

Outcome<void> PostgresTx::Expect(const Reads& reads) {
  if (reads.keys.empty() && reads.following.empty()) return {};
  AddBegin();
  SALLYPORT_ASSIGN(ReadTogether read, ReadAll(connection_, reads, options_.deadline));
  for (const auto& [key, bytes] : read.records) {
    Entry& entry = Of(key);
    if (bytes) {
      SALLYPORT_ASSIGN(entry.stored, RecordOf(*bytes));
    }
    entry.known = true;
  }
  return {};
}

base::Result<std::optional<std::string>> PostgresTx::Get(std::string_view key) {
  if (failure_) return ErrorOf(*failure_);
  const auto entry = Load(key);
  if (!entry) return Note(entry.error());
  const std::optional<Record>& record = (*entry)->now();
  return record ? std::optional(record->value) : std::nullopt;
}

base::Result<std::vector<ListItem>> PostgresTx::List(std::string_view index,
                                                     std::string_view prefix,
                                                     const std::optional<ListPosition>& after,
                                                     size_t limit) {
  if (failure_) return ErrorOf(*failure_);
  // What this transaction has written so far belongs to what it lists.
  if (const auto loaded = LoadUnread(); !loaded) return Note(loaded.error());
  AddBegin();
  AddWrites();
  auto items = ReadIndex(connection_, index, prefix, after, limit, options_.deadline);
  if (!items) return Note(items.error());
  return *std::move(items);
}

base::Result<IndexCount> PostgresTx::CountOf(std::string_view index) {
  if (failure_) return ErrorOf(*failure_);
  if (!index.starts_with(kCountedIndexes)) return IndexCount{};
  if (const auto loaded = LoadUnread(); !loaded) return Note(loaded.error());
  auto count = options_.read_count(index);
  if (!count) return Note(count.error());
  const std::map<std::string, IndexCount> kept = std::exchange(counted_, sent_counts_);
  for (const auto& [key, entry] : records_) {
    if (!entry.changed) continue;
    if (entry.stored) Count(key, *entry.stored, -1);
    if (entry.next) Count(key, *entry.next, 1);
  }
  const IndexCount own = counted_[std::string(index)];
  counted_ = kept;
  return IndexCount{count->records + own.records, count->bytes + own.bytes};
}

base::Status PostgresTx::CheckWritable() {
  if (failure_) return ErrorOf(*failure_);
  if (options_.writable) return {};
  refused_ = true;
  return DiskFullError(
      "the database has reached its greatest size, and only calls that revoke are accepted");
}

base::Status PostgresTx::Put(std::string_view key, std::string_view value,
                             const std::vector<IndexRow>& rows) {
  SALLYPORT_TRY(CheckWritable());
  if (key.size() > kGreatestIndexed) return kTooLong();
  for (const IndexRow& row : rows) {
    if (row.index.size() + row.sort.size() + key.size() > kGreatestIndexed) return kTooLong();
  }
  Entry& entry = Of(key);
  entry.changed = true;
  entry.next = Record{std::string(value), rows};
  return {};
}

base::Result<bool> PostgresTx::Exchange(std::string_view key, std::string_view before,
                                        std::string_view after) {
  SALLYPORT_TRY(CheckWritable());
  const auto loaded = Load(key);
  if (!loaded) return Note(loaded.error());
  Entry& entry = **loaded;
  const std::optional<Record>& now = entry.now();
  if (!now || now->value != before) return false;
  entry.next = Record{std::string(after), now->rows};
  entry.changed = true;
  return true;
}

base::Status PostgresTx::Delete(std::string_view key) {
  SALLYPORT_TRY(CheckWritable());
  Entry& entry = Of(key);
  entry.changed = true;
  entry.next.reset();
  return {};
}

base::Status PostgresTx::Append(revocation::Revocation revocation) {
  SALLYPORT_TRY(CheckFitsFrame(revocation));
  SALLYPORT_TRY(CheckWritable());
  entries_.push_back(std::move(revocation));
  return {};
}

void PostgresTx::SetMeta(std::string_view name, std::string_view value) {
  meta_[std::string(name)] = value;
}

base::Result<std::string> PostgresTx::GetMeta(std::string_view name) {
  if (failure_) return ErrorOf(*failure_);
  AddBegin();
  auto value = ReadMeta(connection_, name, options_.deadline);
  if (!value) return Note(value.error());
  return *std::move(value);
}

bool PostgresTx::writes() const {
  return wrote_ || !entries_.empty() || !meta_.empty() ||
         std::any_of(records_.begin(), records_.end(),
                     [](const auto& record) { return record.second.changed; });
}

void PostgresTx::Count(const std::string& key, const Record& record, int64_t sign) {
  int64_t bytes = static_cast<int64_t>(key.size() + record.value.size());
  for (const IndexRow& row : record.rows) {
    bytes += static_cast<int64_t>(8 + row.index.size() + row.sort.size());
  }
  for (const IndexRow& row : record.rows) {
    if (!row.index.starts_with(kCountedIndexes)) continue;
    IndexCount& count = counted_[row.index];
    count.records += sign;
    count.bytes += sign * bytes;
  }
}

void PostgresTx::AddRecord(const std::string& key, const Entry& entry) {
  const bool same_rows = entry.stored && entry.next && entry.stored->rows == entry.next->rows;
  if (!entry.known) {
    connection_.Add(kDropUnread, Values().Bytes(key));
  } else if (entry.stored) {
    Count(key, *entry.stored, -1);
    for (const IndexRow& row : entry.stored->rows) {
      if (!same_rows) dropped_rows_.push_back({row.index, row.sort, key});
    }
  }
  if (entry.next) {
    Count(key, *entry.next, 1);
    for (const IndexRow& row : entry.next->rows) {
      if (!same_rows) new_rows_.push_back({row.index, row.sort, key});
    }
  }
  if (!entry.next) {
    if (entry.stored || !entry.known) connection_.Add(kDeleteRecord, Values().Bytes(key));
  } else if (same_rows) {
    connection_.Add(kUpdateValue, Values().Bytes(key).Bytes(entry.next->value));
  } else {
    connection_.Add(!entry.known   ? kUpsertRecord
                    : entry.stored ? kUpdateRecord
                                   : kInsertRecord,
                    RecordValues(key, *entry.next));
  }
}

void PostgresTx::AddIndexRows() {
  const auto add = [this](const Statement& statement,
                          const std::vector<std::array<std::string, 3>>& rows) {
    if (rows.empty()) return;
    std::array<std::vector<std::string_view>, 3> columns;
    for (const auto& row : rows) {
      for (size_t i = 0; i < row.size(); ++i) columns[i].push_back(row[i]);
    }
    Values values;
    for (const auto& column : columns) values.ByteArray(column);
    connection_.Add(statement, values);
  };
  add(kDeleteRows, std::exchange(dropped_rows_, {}));
  add(kInsertRows, std::exchange(new_rows_, {}));
}

void PostgresTx::AddCounts() {
  std::vector<std::string_view> names;
  std::vector<int64_t> records, bytes;
  for (const auto& [name, count] : counted_) {
    if (count == IndexCount{}) continue;
    names.push_back(name);
    records.push_back(count.records);
    bytes.push_back(count.bytes);
    IndexCount& sent = sent_counts_[name];
    sent.records += count.records;
    sent.bytes += count.bytes;
  }
  if (!names.empty()) {
    connection_.Add(kInsertCounts,
                    Values().ByteArray(names).IntegerArray(records).IntegerArray(bytes));
  }
  counted_.clear();
}

void PostgresTx::AddPending() {
  if (entries_.empty()) return;
  std::vector<int64_t> kinds, keeps;
  std::vector<std::string_view> subjects, details;
  for (const revocation::Revocation& entry : entries_) {
    kinds.push_back(static_cast<int64_t>(entry.kind));
    subjects.push_back(entry.subject);
    details.push_back(entry.detail);
    keeps.push_back(entry.keep_until);
  }
  connection_.Add(
      kInsertPending,
      Values().IntegerArray(kinds).ByteArray(subjects).ByteArray(details).IntegerArray(keeps));
}

void PostgresTx::AddWrites() {
  for (auto& [key, entry] : records_) {
    if (!entry.changed) continue;
    wrote_ = true;
    AddRecord(key, entry);
    // From here on this is what the transaction sees.
    entry.known = true;
    entry.left = true;
    entry.stored = std::move(entry.next);
    entry.next.reset();
    entry.changed = false;
  }
  AddIndexRows();
  AddCounts();
}

Outcome<PostgresTx::HeadSeen> PostgresTx::Commit() {
  if (failure_) return *failure_;
  const bool writing = writes();
  if (!writing && !begun_ && unverified_.empty()) return HeadSeen{0, true};
  AddBegin();
  AddWrites();
  for (const auto& [name, value] : meta_) AddSetMeta(connection_, name, value);
  AddPending();
  if (writing) {
    const std::string_view id(reinterpret_cast<const char*>(commit_id_.data()), commit_id_.size());
    connection_.Add(kInsertCommit, Values().Bytes(id));
  }
  connection_.Add(kCommit);
  if (writing) committing_ = connection_.added();
  connection_.Add(kHeadSeen);
  const size_t after = options_.after != nullptr ? AnswersOf(*options_.after) : 0;
  if (options_.after != nullptr) AddReads(connection_, *options_.after);
  SALLYPORT_ASSIGN(const std::vector<Rows> answers, connection_.Run(options_.deadline));
  if (options_.after != nullptr) {
    if (auto read = ReadsFrom(answers, *options_.after)) after_ = *std::move(read);
  }
  const Rows& seen = answers.at(answers.size() - after - 1);
  return HeadSeen{static_cast<uint64_t>(seen.Integer(0, 0)), seen.Boolean(0, 1)};
}

bool PostgresTx::may_have_committed(const Failure& failure) const {
  if (committing_ == 0) return false;
  // A statement after the COMMIT has failed, whose answer was not read.
  if (failure.executed >= committing_) return true;
  // What the database has refused before it, or as it, was not committed.
  return failure.kind == Failure::Kind::kLost || failure.kind == Failure::Kind::kOther;
}

void PostgresTx::RollBack() {
  // A COMMIT that failed has ended it already.
  if (begun_ && connection_.usable() && !connection_.idle()) {
    connection_.Add(kRollback);
    connection_.SendOnly();
  }
}

KnownRecords PostgresTx::Left() const {
  KnownRecords records;
  for (const auto& [key, entry] : records_) {
    if (!entry.left) continue;
    records[key] = entry.stored ? KnownRecord(AsRead(*entry.stored)) : std::nullopt;
  }
  return records;
}

std::vector<std::string> PostgresTx::Touched() const {
  std::vector<std::string> keys;
  for (const auto& [key, entry] : records_) keys.push_back(key);
  return keys;
}

}  // namespace sallyport::store::postgres
