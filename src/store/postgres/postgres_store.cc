#include "store_postgres/postgres_store.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <utility>

#include "base/log.h"
#include "store/server_time.h"
#include "store/sqlite/schema.h"
#include "store_postgres/address.h"
#include "store_postgres/committer.h"
#include "store_postgres/lineage_keeper.h"
#include "store_postgres/membership.h"
#include "store_postgres/numberer.h"
#include "store_postgres/pooler.h"
#include "store_postgres/schema.h"
#include "store_postgres/upkeep.h"

namespace sallyport::store {
namespace postgres {
namespace {

// How many entries one transaction of PruneLog deletes.
constexpr size_t kPrunePage = 500;
// The time that tables may take to be made, or to be rewritten.
constexpr auto kSetupTime = std::chrono::seconds(30);
constexpr auto kScrubTime = std::chrono::hours(6);
// How many keys are remembered that one thread has read lately.
constexpr size_t kRecentReads = 24;

constexpr Statement kBeginSnapshot{"begin-snapshot",
                                   "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"};
constexpr Statement kEndSnapshot{"end-snapshot", "COMMIT"};
constexpr std::array kRewrite = {
    Statement{"rewrite-records", "VACUUM (FULL) sallyport.records"},
    Statement{"rewrite-index-rows", "VACUUM (FULL) sallyport.index_rows"},
    Statement{"rewrite-log", "VACUUM (FULL) sallyport.log_entries"},
    Statement{"rewrite-pending", "VACUUM (FULL) sallyport.log_pending"},
    Statement{"rewrite-meta", "VACUUM (FULL) sallyport.meta"}};

// An operation reads before it commits, on one thread, and its commit reads the same again: those
// keys are asked for together with the transaction's beginning. A wrong guess costs next to
// nothing.
class RecentReads {
 public:
  void Note(const void* store, std::string_view key) {
    if (store_ != store) keys_.clear();
    store_ = store;
    if (keys_.size() == kRecentReads) keys_.erase(keys_.begin());
    if (std::find(keys_.begin(), keys_.end(), key) == keys_.end()) keys_.emplace_back(key);
  }
  std::vector<std::string> Take(const void* store) {
    if (store_ != store) keys_.clear();
    return std::exchange(keys_, {});
  }

 private:
  const void* store_ = nullptr;
  std::vector<std::string> keys_;
};
thread_local RecentReads recent_reads;

// What one thread expects to read (ReadAhead).
class Expected {
 public:
  using Values = std::map<std::string, std::string, std::less<>>;

  void Set(const void* store, std::vector<std::string> keys) {
    store_ = store;
    keys_.clear();
    keys_.insert(std::make_move_iterator(keys.begin()), std::make_move_iterator(keys.end()));
    values_.reset();
  }
  bool Has(const void* store, std::string_view key) const {
    return store_ == store && keys_.contains(key);
  }
  std::vector<std::string> keys() const { return {keys_.begin(), keys_.end()}; }
  // For a commit, which reads them itself: those that were not read yet. Ends it.
  std::vector<std::string> TakeUnread(const void* store) {
    std::vector<std::string> unread;
    if (store_ == store && !values_) unread = keys();
    Set(nullptr, {});
    return unread;
  }
  bool is_read() const { return values_.has_value(); }
  // What was read is not given to reads of another state.
  void EndReading() {
    if (values_) Set(nullptr, {});
  }
  void Note(Values values) { values_ = std::move(values); }
  // Once: the next Get of the key reads anew.
  std::optional<std::string> Take(std::string_view key) {
    keys_.erase(keys_.find(key));
    const auto found = values_->find(key);
    if (found == values_->end()) return std::nullopt;
    return std::move(found->second);
  }

 private:
  const void* store_ = nullptr;
  std::set<std::string, std::less<>> keys_;
  std::optional<Values> values_;
};
thread_local Expected expected_reads;

template <typename T>
base::Result<T> Public(Outcome<T> outcome) {
  if (!outcome) return ErrorOf(outcome.error());
  return *std::move(outcome);
}
base::Status Public(const Outcome<void>& outcome) {
  return outcome ? base::Status() : base::Status(ErrorOf(outcome.error()));
}

// Reads of one state of the database, which the first read determines.
class PostgresSnapshot final : public Reader {
 public:
  PostgresSnapshot(const void* store, Pool& pool, Pool::Lease lease,
                   std::chrono::milliseconds budget)
      : store_(store), pool_(pool), budget_(budget) {
    expected_reads.EndReading();
    Begin(std::move(lease));
  }
  ~PostgresSnapshot() override {
    expected_reads.EndReading();
    // One that has read nothing is begun and ended, and its connection is then as it was.
    if (lease_ && (*lease_)->usable()) (void)(*lease_)->Run(kEndSnapshot, {}, After(budget_));
  }
  base::Result<std::optional<std::string>> Get(std::string_view key) override {
    recent_reads.Note(store_, key);
    if (expected_reads.Has(store_, key)) {
      if (!expected_reads.is_read()) {
        SALLYPORT_ASSIGN(Expected::Values values,
                         Read<Expected::Values>([&](Connection& connection) {
                           return ReadValues(connection, expected_reads.keys(), After(budget_));
                         }));
        expected_reads.Note(std::move(values));
      }
      return expected_reads.Take(key);
    }
    return Read<std::optional<std::string>>(
        [&](Connection& connection) { return ReadValue(connection, key, After(budget_)); });
  }
  base::Result<std::vector<ListItem>> List(std::string_view index, std::string_view prefix,
                                           const std::optional<ListPosition>& after,
                                           size_t limit) override {
    return Read<std::vector<ListItem>>([&](Connection& connection) {
      return ReadIndex(connection, index, prefix, after, limit, After(budget_));
    });
  }
  base::Result<IndexCount> CountOf(std::string_view index) override {
    return Read<IndexCount>(
        [&](Connection& connection) { return ReadCount(connection, index, After(budget_)); });
  }

 private:
  void Begin(Pool::Lease lease) {
    lease_.emplace(std::move(lease));
    (*lease_)->Add(kBeginSnapshot);
  }
  // The first read may find that the connection has died meanwhile: no state is chosen yet.
  template <typename T>
  base::Result<T> Read(const std::function<Outcome<T>(Connection&)>& read) {
    auto outcome = lease_ ? read(**lease_) : Outcome<T>(Failure{Failure::Kind::kLost, "closed"});
    if (!outcome && outcome.error().kind == Failure::Kind::kLost && !has_read_) {
      lease_.reset();
      pool_.DropIdle();
      auto lease = pool_.Take(After(budget_));
      if (!lease) return ErrorOf(lease.error());
      Begin(*std::move(lease));
      outcome = read(**lease_);
    }
    has_read_ = true;
    return Public(std::move(outcome));
  }

  const void* store_;
  Pool& pool_;
  std::optional<Pool::Lease> lease_;
  const std::chrono::milliseconds budget_;
  bool has_read_ = false;
};

void EndProcessOf(const std::string& why) {
  base::LogError("the process ends", {{"why", why}});
  _exit(kStorageFailed);
}

class Opened final : public PostgresStore, public ReadAhead, private MakesReleases {
 public:
  Opened(std::optional<DirectoryLock> lock, std::string directory, Address address,
         PostgresOptions options)
      : lock_(std::move(lock)),
        directory_(std::move(directory)),
        shown_(std::move(address.shown)),
        options_(std::move(options)),
        pool_(std::move(address.hosts), options_.connections, options_.budget.count()),
        committer_(pool_, options_.budget) {
    if (!options_.on_lost) options_.on_lost = EndProcessOf;
  }

  ~Opened() override {
    if (numberer_) numberer_->OnAppend(nullptr);
    // They are stopped in this order, since their threads use one another; the server's row is
    // given up last.
    if (membership_) membership_->Stop();
    keeper_.reset();
    upkeep_.reset();
    numberer_.reset();
    membership_.reset();
  }

  base::Status Open(std::optional<WitnessFile> witness) {
    SALLYPORT_TRY(Prepare(witness && witness->exists()));
    SALLYPORT_ASSIGN(
        membership_,
        Membership::Join(pool_, shown_,
                         {.period = options_.period,
                          .alone = options_.alone,
                          .log = [this] { return keeper_->lineage().log; },
                          .applied = [this] { return numberer_->head(); },
                          .on_answer = [this](const BeatAnswer& answer) { Learn(answer); },
                          .on_lost = options_.on_lost}));
    numberer_.emplace(pool_,
                      Numberer::Options{.budget = options_.budget, .on_lost = options_.on_lost});
    if (const auto started = numberer_->Start(); !started) {
      return UnusableDatabase(fmt::format("{}: the log cannot be read", shown_), started.error());
    }
    upkeep_.emplace(pool_, options_.greatest_bytes, options_.budget);
    upkeep_->Start();
    SALLYPORT_ASSIGN(keeper_,
                     LineageKeeper::Open({.directory = directory_,
                                          .file = std::move(witness),
                                          .pool = pool_,
                                          .numberer = *numberer_,
                                          .commit = [this](const auto& fn) { return Write(fn); },
                                          .period = options_.generation_period,
                                          .budget = options_.budget,
                                          .shown = shown_}));
    OnAppend(nullptr);
    membership_->Start();
    return {};
  }

  ReadAhead* read_ahead() override { return this; }
  void Expect(std::vector<std::string> keys) override { expected_reads.Set(this, std::move(keys)); }

  base::Result<std::optional<std::string>> Get(std::string_view key) override {
    recent_reads.Note(this, key);
    if (expected_reads.Has(this, key)) {
      if (!expected_reads.is_read()) {
        SALLYPORT_ASSIGN(Expected::Values values,
                         Read<Expected::Values>([](Connection& connection, Deadline deadline) {
                           return ReadValues(connection, expected_reads.keys(), deadline);
                         }));
        expected_reads.Note(std::move(values));
      }
      return expected_reads.Take(key);
    }
    return Read<std::optional<std::string>>([&](Connection& connection, Deadline deadline) {
      return ReadValue(connection, key, deadline);
    });
  }
  base::Result<std::vector<ListItem>> List(std::string_view index, std::string_view prefix,
                                           const std::optional<ListPosition>& after,
                                           size_t limit) override {
    auto items = Read<std::vector<ListItem>>([&](Connection& connection, Deadline deadline) {
      return ReadIndex(connection, index, prefix, after, limit, deadline);
    });
    // One that is looked for in this way is read again by its key.
    if (items && limit == 1 && items->size() == 1) recent_reads.Note(this, items->front().key);
    return items;
  }
  base::Result<IndexCount> CountOf(std::string_view index) override {
    return Read<IndexCount>([&](Connection& connection, Deadline deadline) {
      return ReadCount(connection, index, deadline);
    });
  }

  base::Result<Written> Update(const std::function<base::Status(Tx&)>& fn) override {
    SALLYPORT_ASSIGN(Committer::Done done, Commit(fn, !upkeep_->only_revocations()));
    return Written{std::move(done.outcome)};
  }
  base::Result<Committed> UpdateLog(const std::function<base::Status(LogTx&)>& fn) override {
    SALLYPORT_ASSIGN(Committer::Done done, Commit(fn, !upkeep_->only_revocations()));
    // Nothing was appended, and no entry was without a number, so there is nothing to wait for
    // beyond the head that the database gave.
    if (!done.appended && !done.head.pending) {
      return Committed{{std::move(done.outcome)}, ReleaseOf(done.head.sequence)};
    }
    SALLYPORT_ASSIGN(const Release release, Barrier());
    return Committed{{std::move(done.outcome)}, release};
  }
  base::Result<Committed> UpdateRevoking(const std::function<base::Status(LogTx&)>& fn) override {
    SALLYPORT_ASSIGN(Committer::Done done, Commit(fn, true));
    SALLYPORT_ASSIGN(const Release release, Barrier());
    return Committed{{std::move(done.outcome)}, release};
  }
  base::Result<Release> Barrier() override {
    SALLYPORT_TRY(CheckOwned());
    auto head = numberer_->HeadFromNow(After(options_.budget));
    if (head) return ReleaseOf(*head);
    // An earlier commit may have appended entries that have no number yet.
    Failure failure = std::move(head).error();
    failure.kind = Failure::Kind::kUnknown;
    return ErrorOf(failure);
  }

  base::Result<std::unique_ptr<Reader>> Snapshot() override {
    SALLYPORT_TRY(CheckOwned());
    auto lease = pool_.Take(After(options_.budget));
    if (!lease) return ErrorOf(lease.error());
    return std::unique_ptr<Reader>(
        std::make_unique<PostgresSnapshot>(this, pool_, *std::move(lease), options_.budget));
  }

  base::Result<std::vector<revocation::LogEntry>> ReadLog(uint64_t after, size_t limit) override {
    if (auto recent = numberer_->recent().After(after, limit)) return *std::move(recent);
    // Nothing is given that is not confirmed.
    const uint64_t head = numberer_->head().sequence;
    SALLYPORT_ASSIGN(auto entries, Read<std::vector<revocation::LogEntry>>(
                                       [&](Connection& connection, Deadline deadline) {
                                         return ReadEntries(connection, after, limit, deadline);
                                       }));
    while (!entries.empty() && entries.back().position.sequence > head) entries.pop_back();
    // If entries are missing in this page, they were forgotten by a time that its reader must know.
    SALLYPORT_TRY(ReadTime());
    return entries;
  }
  revocation::LogPosition Head() override { return numberer_->head(); }
  base::Result<std::optional<revocation::LogHash>> HashAt(uint64_t sequence) override {
    return Read<std::optional<revocation::LogHash>>([&](Connection& connection, Deadline deadline) {
      return ReadHash(connection, sequence, deadline);
    });
  }

  revocation::LogId log_id() override { return keeper_->lineage().log; }
  bool IsPast(const revocation::LogId& id) override { return keeper_->IsPast(id); }
  Lineage lineage() override { return keeper_->lineage(); }
  uint64_t LogSize() override { return numberer_->rows(); }
  Space GetSpace() override { return {.only_revocations = upkeep_->only_revocations()}; }
  uint64_t Commits() override { return committer_.commits(); }
  std::optional<DatabaseFigures> Database() override { return figures(); }
  bool may_grant() override { return membership_->confirmed(); }
  Peers* peers() override { return membership_.get(); }
  bool runs_jobs() override { return membership_->leads(); }
  void OnTime(std::function<void(const std::string&, const std::string&)> learn) override {
    const std::lock_guard lock(on_time_mutex_);
    on_time_ = std::move(learn);
  }

  base::Status PruneLog(ForgetBefore now) override {
    while (true) {
      SALLYPORT_TRY(CheckOwned());
      const auto gone = numberer_->DeleteExpired(now.seconds(), kPrunePage, After(options_.budget));
      if (!gone) return ErrorOf(gone.error());
      if (*gone < kPrunePage) return {};
    }
  }

  base::Status Scrub() override {
    SALLYPORT_TRY(CheckOwned());
    auto connection = pool_.Open(After(options_.budget), kScrubTime);
    if (!connection) return ErrorOf(connection.error());
    for (const Statement& rewrite : kRewrite) {
      const auto done = (*connection)->Run(rewrite, {}, After(kScrubTime));
      if (!done) return ErrorOf(done.error());
    }
    return {};
  }

  bool is_restored() override { return keeper_->is_restored(); }
  std::string restored_reason() override { return keeper_->restored_reason(); }
  base::Status MarkRestored(std::string_view reason) override {
    return keeper_->MarkRestored(reason);
  }
  base::Status BeginHistory() override {
    const auto between = membership_->BetweenBeats();
    return keeper_->BeginHistory();
  }
  base::Result<std::vector<StoredRecord>> ReadRecords(const std::optional<std::string>& after,
                                                      size_t limit) override {
    return Read<std::vector<StoredRecord>>([&](Connection& connection, Deadline deadline) {
      return ReadPage(connection, after, limit, deadline);
    });
  }
  base::Status EmptyLog() override {
    SALLYPORT_TRY(CheckOwned());
    const auto between = membership_->BetweenBeats();
    return Public(numberer_->EmptyLog(After(options_.budget)));
  }
  base::Status AdoptEntries(const std::vector<revocation::LogEntry>& entries) override {
    SALLYPORT_TRY(CheckOwned());
    return Public(numberer_->Adopt(entries, After(options_.budget)));
  }
  base::Status AdoptLineage(const Lineage& lineage) override {
    const auto between = membership_->BetweenBeats();
    return keeper_->Adopt(lineage);
  }
  uint32_t WitnessedTtl() override { return keeper_->WitnessedTtl(); }
  base::Status WitnessTtl(uint32_t ttl_millis) override { return keeper_->WitnessTtl(ttl_millis); }

  void OnAppend(std::function<void(revocation::LogPosition)> on_commit) override {
    numberer_->OnAppend([this, on_commit = std::move(on_commit)](revocation::LogPosition head) {
      keeper_->Notice();
      membership_->NoteApplied();
      if (on_commit) on_commit(head);
    });
  }

  DatabaseFigures figures() const override {
    DatabaseFigures figures;
    pool_.AddFigures(figures);
    committer_.AddFigures(figures);
    membership_->AddFigures(figures);
    figures.standbys_confirm = upkeep_->standbys_confirm() ? 1 : 0;
    return figures;
  }

 private:
  base::Status Prepare(bool witnessed) {
    const Deadline deadline = After(kSetupTime);
    auto connection = pool_.Open(After(options_.budget), kSetupTime);
    if (!connection) {
      return UnusableDatabase(fmt::format("{}: cannot be reached", shown_), connection.error());
    }
    SALLYPORT_TRY(CheckServer(**connection, shown_, deadline));
    SALLYPORT_TRY(CheckPooler(pool_, shown_, deadline));
    SALLYPORT_TRY(PrepareSchema(**connection, shown_,
                                witnessed ? WhenEmpty::kRefuse : WhenEmpty::kMake, deadline));
    return {};
  }

  // Takes over what a beat has read, before anybody acts on that beat.
  void Learn(const BeatAnswer& answer) {
    if (answer.restored) keeper_->NoteRestored(*answer.restored);
    TellTime(answer.time.value_or(""), answer.watched.value_or(""));
    numberer_->Follow(answer.head);
  }
  void TellTime(const std::string& time, const std::string& watched) {
    const std::lock_guard lock(on_time_mutex_);
    if (on_time_) on_time_(time, watched);
  }
  base::Status ReadTime() {
    SALLYPORT_ASSIGN(const auto time, Read<std::optional<std::string>>(
                                          [](Connection& connection, Deadline deadline) {
                                            return ReadValue(connection, kTimeRecord, deadline);
                                          }));
    TellTime(time.value_or(""), {});
    return {};
  }

  base::Status CheckOwned() { return may_grant() ? base::Status() : NotOwnedError(); }

  // A read may be repeated on another connection, because the pool's have ended when the database
  // was restarted.
  template <typename T>
  base::Result<T> Read(const std::function<Outcome<T>(Connection&, Deadline)>& read) {
    SALLYPORT_TRY(CheckOwned());
    const Deadline deadline = After(options_.budget);
    while (true) {
      auto lease = pool_.Take(deadline);
      if (!lease) return ErrorOf(lease.error());
      auto outcome = read(**lease, deadline);
      if (outcome) return *std::move(outcome);
      if (outcome.error().kind != Failure::Kind::kLost ||
          std::chrono::steady_clock::now() >= deadline) {
        return ErrorOf(outcome.error());
      }
      pool_.DropIdle();
    }
  }

  base::Result<Committer::Done> Commit(const Committer::Change& fn, bool writable) {
    std::vector<std::string> keys = expected_reads.TakeUnread(this);
    std::vector<std::string> recent = recent_reads.Take(this);
    if (keys.empty()) keys.swap(recent);
    SALLYPORT_TRY(CheckOwned());
    auto done = committer_.Run(fn, writable, std::move(keys));
    if (!done && done.error().kind == Failure::Kind::kFull) upkeep_->NoteFull();
    return Public(std::move(done));
  }
  base::Status Write(const Committer::Change& fn) {
    SALLYPORT_ASSIGN(Committer::Done done, Commit(fn, true));
    return std::move(done.outcome);
  }

  std::optional<DirectoryLock> lock_;
  const std::string directory_;
  const std::string shown_;
  PostgresOptions options_;
  Pool pool_;
  Committer committer_;
  std::unique_ptr<Membership> membership_;
  std::optional<Numberer> numberer_;
  std::optional<Upkeep> upkeep_;
  std::unique_ptr<LineageKeeper> keeper_;
  std::mutex on_time_mutex_;  // held during the call
  std::function<void(const std::string&, const std::string&)> on_time_;
};

}  // namespace
}  // namespace postgres

base::Result<std::unique_ptr<PostgresStore>> OpenPostgres(const std::string& address,
                                                          const std::string& directory,
                                                          const PostgresOptions& options) {
  SALLYPORT_ASSIGN(postgres::Address parsed, postgres::ParseAddress(address, options.password));
  std::optional<DirectoryLock> lock;
  std::optional<WitnessFile> witness;
  if (!directory.empty()) {
    SALLYPORT_ASSIGN(DirectoryLock taken, DirectoryLock::Take(directory));
    lock.emplace(std::move(taken));
    SALLYPORT_ASSIGN(WitnessFile file, WitnessFile::Open(directory));
    witness.emplace(std::move(file));
  }
  auto store =
      std::make_unique<postgres::Opened>(std::move(lock), directory, std::move(parsed), options);
  SALLYPORT_TRY(store->Open(std::move(witness)));
  if (!directory.empty()) EndFirstStart(directory);
  return std::unique_ptr<PostgresStore>(std::move(store));
}

}  // namespace sallyport::store
