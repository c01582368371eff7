#include "store/sqlite/writer.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/log.h"
#ifdef SALLYPORT_TEST_FAULTS
#include "base/test_fault.h"
#endif

namespace sallyport::store {
namespace {

// The cache is filled only by what is written: an import touches thousands of pages in one commit.
constexpr int kWriterCacheKib = 48 * 1024;
// How long a start waits for another process that is reading.
constexpr int kBeginWalMillis = 200;

base::Status RunChange(const Writer::Change& change, SqliteTx& tx) {
  try {
    return change(tx);
  } catch (const std::exception& thrown) {
    return base::InternalError(std::string("a change threw: ") + thrown.what());
  }
}

}  // namespace

base::Result<std::unique_ptr<Writer>> Writer::Open(const std::string& path, size_t greatest_batch,
                                                   Room& room, std::function<void()> before_batch,
                                                   std::function<void(int)> on_wal) {
  SALLYPORT_ASSIGN(Database database, Database::Open(path, true, kWriterCacheKib));
  SALLYPORT_ASSIGN(SqliteTx tx, SqliteTx::Prepare(database));
  std::unique_ptr<Writer> writer(new Writer(std::move(database), std::move(tx), greatest_batch,
                                            room, std::move(before_batch), std::move(on_wal)));
  Database& own = writer->database_;
  SALLYPORT_ASSIGN(writer->begin_, own.Prepare("BEGIN IMMEDIATE"));
  SALLYPORT_ASSIGN(writer->commit_, own.Prepare("COMMIT"));
  SALLYPORT_ASSIGN(writer->savepoint_, own.Prepare("SAVEPOINT change"));
  SALLYPORT_ASSIGN(writer->release_, own.Prepare("RELEASE change"));
  SALLYPORT_ASSIGN(writer->rollback_to_, own.Prepare("ROLLBACK TO change"));
  SALLYPORT_TRY(writer->ReadLogState());
  SALLYPORT_TRY(writer->BeginWal());
  sqlite3_wal_hook(
      own.handle(),
      [](void* self, sqlite3*, const char*, int pages) {
        static_cast<Writer*>(self)->NoteWal(pages);
        static_cast<Writer*>(self)->on_wal_(pages);
        return SQLITE_OK;
      },
      writer.get());
  writer->thread_ = std::thread([self = writer.get()] { self->Loop(); });
  return writer;
}

namespace {

// The first value: even and not 0, with room for all commits of a store before the next store's
// first value.
uint64_t FirstState() {
  constexpr int kBitsOfCommits = 40;
  static std::atomic<uint64_t> stores{0};
  return ++stores << kBitsOfCommits;
}

}  // namespace

Writer::Writer(Database database, SqliteTx tx, size_t greatest_batch, Room& room,
               std::function<void()> before_batch, std::function<void(int)> on_wal)
    : database_(std::move(database)),
      kind_states_(FirstState()),
      tx_(std::move(tx)),
      greatest_batch_(greatest_batch),
      room_(room),
      before_batch_(std::move(before_batch)),
      on_wal_(std::move(on_wal)),
      state_(FirstState()) {
  tx_.SetKindStates(kind_states_);
}

Writer::~Writer() {
  if (!thread_.joinable()) return;
  {
    std::lock_guard lock(queue_mutex_);
    stopping_ = true;
  }
  queued_.notify_one();
  thread_.join();
}

base::Status Writer::ReadLogState() {
  SqliteTx::LogState state;
  SALLYPORT_ASSIGN(Statement last,
                   database_.Prepare("SELECT sequence, hash FROM log ORDER BY sequence DESC "
                                     "LIMIT 1"));
  {
    auto run = last.Begin();
    SALLYPORT_ASSIGN(bool row, run.Step());
    if (row) {
      state.head.sequence = static_cast<uint64_t>(run.IntegerAt(0));
      SALLYPORT_ASSIGN(state.head.hash, HashFromBytes(run.BytesAt(1)));
    }
  }
  SALLYPORT_ASSIGN(
      int64_t rows,
      database_.QueryInteger(
          "SELECT (SELECT value FROM meta WHERE name='counted_rows') + (SELECT count(*) FROM log "
          "WHERE sequence > (SELECT value FROM meta WHERE name='counted_sequence'))"));
  state.rows = static_cast<uint64_t>(rows);
  tx_.RestoreLog(state);
  published_ = state;
  return {};
}

std::optional<WalHeader> Writer::ReadWalHeader() {
  sqlite3_file* file = nullptr;
  std::string bytes(kWalHeaderBytes, '\0');
  if (sqlite3_file_control(database_.handle(), "main", SQLITE_FCNTL_JOURNAL_POINTER,
                           static_cast<void*>(&file)) != SQLITE_OK ||
      file == nullptr || file->pMethods == nullptr ||
      file->pMethods->xRead(file, bytes.data(), static_cast<int>(bytes.size()), 0) != SQLITE_OK) {
    return std::nullopt;
  }
  return ParseWalHeader(bytes);
}

base::Status Writer::BeginWal() {
  // If this fails, only an older WAL that is put beside the database would not be noticed.
  if (!ReadWalHeader()) {
    // The salts are written with the first frame, so a page is written as it is.
    int code = SQLITE_OK;
    const auto written = room_.WithSpace([&] {
      auto done = database_.Execute(
          "BEGIN IMMEDIATE; INSERT INTO meta VALUES('wal', 0); "
          "DELETE FROM meta WHERE name='wal'; COMMIT");
      if (done) return done;
      code = sqlite3_extended_errcode(database_.handle());
      (void)database_.Execute("ROLLBACK");
      return done;
    });
    if (!written) {
      return IsDiskFull(written.error()) || (code & 0xff) == SQLITE_BUSY ? base::Status() : written;
    }
  }
  const auto header = ReadWalHeader();
  if (!header) return {};
  sqlite3_busy_timeout(database_.handle(), kBeginWalMillis);
  int code = SQLITE_OK;
  auto begun = room_.WithSpace([&]() -> base::Status {
    code = sqlite3_wal_checkpoint_v2(database_.handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE,
                                     nullptr, nullptr);
    if (code == SQLITE_OK || (code & 0xff) == SQLITE_BUSY) return {};
    return SqliteError(database_.handle(), "checkpoint");
  });
  sqlite3_busy_timeout(database_.handle(), kBusyMillis);
  if (!begun && !IsDiskFull(begun.error())) return begun;
  if (code != SQLITE_OK) return {};
  begun_wal_ = true;
  // It is empty, but after a power loss it may be as it was.
  wal_ = {WalMark::Kind::kKnown, header->salt1, header->salt2, 0};
  return {};
}

void Writer::NoteWal(int pages) {
  if (!begun_wal_) return;
  const auto header = ReadWalHeader();
  const std::lock_guard lock(published_mutex_);
  wal_ = header ? WalMark{WalMark::Kind::kKnown, header->salt1, header->salt2,
                          static_cast<uint64_t>(pages)}
                : WalMark{};
}

WalMark Writer::wal() const {
  const std::lock_guard lock(published_mutex_);
  return wal_;
}

base::Result<Committed> Writer::Run(const Change& change, Purpose purpose) {
  auto job = std::make_unique<Job>();
  job->change = &change;
  job->purpose = purpose;
  auto answer = job->answer.get_future();
  {
    std::lock_guard lock(queue_mutex_);
    queue_.push_back(std::move(job));
  }
  queued_.notify_one();
  return answer.get();
}

Writer::Batch Writer::NextBatch() {
  Batch batch;
  std::unique_lock lock(queue_mutex_);
  queued_.wait(lock, [&] { return !queue_.empty() || stopping_; });
  while (!queue_.empty() && batch.size() < greatest_batch_) {
    batch.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return batch;
}

void Writer::Loop() {
  while (true) {
    Batch batch = NextBatch();
    if (batch.empty()) return;
    before_batch_();
    std::lock_guard lock(committing_);
    Commit(std::move(batch));
  }
}

void Writer::Commit(Batch batch) {
  ++state_;
  const auto failure = CommitBatch(batch);
  ++state_;
  kind_states_.End();
  tx_.ForgetChanged();
  if (failure) return FailBatch(batch, *failure);
  Publish();
  for (auto& job : batch) {
    job->answer.set_value(Committed{{std::move(job->outcome)}, ReleaseOf(job->head)});
  }
}

std::optional<base::Error> Writer::CommitBatch(Batch& batch) {
  const auto is_ordinary = [](const auto& job) { return job->purpose == Purpose::kOrdinary; };
  const bool some_ordinary = std::any_of(batch.begin(), batch.end(), is_ordinary);
  const bool all_ordinary = std::all_of(batch.begin(), batch.end(), is_ordinary);
  bool full = room_.only_revocations();
  while (const auto failure = Try(batch, full)) {
    if (!failure->no_space) return failure->error;
    room_.NoteFull(failure->error.cause);
    // First tried without changes that may not use the reserve: there may be enough space for the
    // others.
    const bool fewer = room_.only_revocations() && !full && some_ordinary;
    full = room_.only_revocations();
    if (fewer || (!all_ordinary && room_.GiveUp(failure->error.cause))) continue;
    return DiskFullError(failure->error.cause);
  }
  return std::nullopt;
}

std::optional<SqliteTx::Failure> Writer::Try(Batch& batch, bool full) {
  const SqliteTx::LogState before = tx_.log();
  std::optional<SqliteTx::Failure> failure = RunAlone(begin_);
  for (size_t i = 0; i < batch.size() && !failure; ++i) failure = RunOne(*batch[i], full);
  const bool committing = !failure;
  if (committing) {
    kind_states_.Begin(tx_.changed());
    failure = RunAlone(commit_);
  }
  if (!failure) return std::nullopt;
  // A full disk stops the commit before its last page is written, so nothing of it exists.
  if (!failure->no_space) {
    if (committing) EndProcess(failure->error);
    EndIfDiskFailed(failure->error, failure->code);
  }
  RollBack(before);
  return failure;
}

void Writer::RollBack(const SqliteTx::LogState& before) {
  // This fails where SQLite has already rolled back.
  (void)database_.Execute("ROLLBACK");
  tx_.RestoreLog(before);
  tx_.ClearFailure();
}

std::optional<SqliteTx::Failure> Writer::RunOne(Job& job, bool full) {
  const SqliteTx::LogState before = tx_.log();
  if (auto failure = RunAlone(savepoint_)) return failure;
  tx_.SetWritable(!full || job.purpose == Purpose::kRevocation);
#ifdef SALLYPORT_TEST_FAULTS
  if (base::TestFault("refuses-all-when-full")) tx_.SetWritable(!full);
#endif
  job.outcome = RunChange(*job.change, tx_);
  if (tx_.failure()) return tx_.failure();
  if (tx_.refused() && job.outcome) job.outcome = DiskFullError("a refused write went unnoticed");
  if (!job.outcome) {
    if (auto failure = RunAlone(rollback_to_)) return failure;
    tx_.RestoreLog(before);
  }
  job.head = tx_.log().head.sequence;
#ifdef SALLYPORT_TEST_FAULTS
  // A change that wrote nothing has nothing to wait for.
  if (job.head == before.head.sequence && base::TestFault("unchanged-at-once")) job.head = 0;
#endif
  return RunAlone(release_);
}

std::optional<SqliteTx::Failure> Writer::RunAlone(Statement& statement) {
  auto done = statement.Begin().Finish();
  if (done) return std::nullopt;
  const int code = sqlite3_extended_errcode(database_.handle());
  return SqliteTx::Failure{done.error(), code, FoundNoSpace(database_.handle(), code)};
}

void Writer::FailBatch(Batch& batch, const base::Error& error) {
  base::LogError("a commit failed", {{"cause", error.cause}, {"changes", batch.size()}});
  for (auto& job : batch) job->answer.set_value(error);
}

void Writer::Publish() {
  ++commits_;
  recent_log_.Add(tx_.TakeAppended());
  bool appended = false;
  {
    std::lock_guard lock(published_mutex_);
    appended = published_.head.sequence != tx_.log().head.sequence;
    published_ = tx_.log();
  }
  if (!appended) return;
  std::lock_guard lock(on_commit_mutex_);
  if (on_commit_) on_commit_(tx_.log().head);
}

revocation::LogPosition Writer::Head() const {
  std::lock_guard lock(published_mutex_);
  return published_.head;
}

uint64_t Writer::LogRows() const {
  std::lock_guard lock(published_mutex_);
  return published_.rows;
}

void Writer::OnAppend(std::function<void(revocation::LogPosition)> on_commit) {
  std::lock_guard lock(on_commit_mutex_);
  on_commit_ = std::move(on_commit);
}

}  // namespace sallyport::store
