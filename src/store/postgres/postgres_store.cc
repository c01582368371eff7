#include "store_postgres/postgres_store.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <mutex>
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
#include "store_postgres/snapshot.h"
#include "store_postgres/thread_reads.h"
#include "store_postgres/upkeep.h"

namespace sallyport::store {
namespace postgres {
namespace {

// How many entries one transaction of PruneLog deletes.
constexpr size_t kPrunePage = 500;
// The time that tables may take to be made, or to be rewritten.
constexpr auto kSetupTime = std::chrono::seconds(30);
constexpr auto kScrubTime = std::chrono::hours(6);
constexpr std::array kRewrite = {
    Statement{"rewrite-records", "VACUUM (FULL) sallyport.records"},
    Statement{"rewrite-index-rows", "VACUUM (FULL) sallyport.index_rows"},
    Statement{"rewrite-log", "VACUUM (FULL) sallyport.log_entries"},
    Statement{"rewrite-pending", "VACUUM (FULL) sallyport.log_pending"},
    Statement{"rewrite-meta", "VACUUM (FULL) sallyport.meta"}};

template <typename T>
base::Result<T> Public(Outcome<T> outcome) {
  if (!outcome) return ErrorOf(outcome.error());
  return *std::move(outcome);
}
base::Status Public(const Outcome<void>& outcome) {
  return outcome ? base::Status() : base::Status(ErrorOf(outcome.error()));
}

std::optional<std::string> ValueIn(KnownRecord record) {
  return record ? std::optional(std::move(record->value)) : std::nullopt;
}

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
  void Expect(Reads reads) override { ReadsOfThread().Expect(this, std::move(reads)); }

  void ExpectAfterCommit(Reads reads) override {
    ReadsOfThread().ExpectAfterCommit(this, std::move(reads));
  }

  base::Result<std::optional<std::string>> Get(std::string_view key) override {
    ThreadReads& reads = ReadsOfThread();
    if (reads.Expects(this, key)) {
      SALLYPORT_TRY(ReadExpected());
      return ValueIn(reads.Take(key));
    }
    SALLYPORT_ASSIGN(KnownRecord record,
                     Read<KnownRecord>([&](Connection& connection, Deadline deadline) {
                       return ReadKnown(connection, key, deadline);
                     }));
    reads.Note(this, key, record);
    return ValueIn(std::move(record));
  }
  base::Result<std::vector<ListItem>> List(std::string_view index, std::string_view prefix,
                                           const std::optional<ListPosition>& after,
                                           size_t limit) override {
    if (!after && limit == 1) return First(index, prefix);
    return Read<std::vector<ListItem>>([&](Connection& connection, Deadline deadline) {
      return ReadIndex(connection, index, prefix, after, limit, deadline);
    });
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

  base::Status ReadExpected() {
    ThreadReads& reads = ReadsOfThread();
    const Reads* const unread = reads.unread();
    if (unread == nullptr) return {};
    SALLYPORT_ASSIGN(ReadTogether read,
                     Read<ReadTogether>([&](Connection& connection, Deadline deadline) {
                       return ReadAll(connection, *unread, deadline);
                     }));
    reads.NoteExpected(std::move(read));
    return {};
  }
  base::Result<std::vector<ListItem>> First(std::string_view index, std::string_view prefix) {
    ThreadReads& reads = ReadsOfThread();
    if (reads.ExpectsFirst(this, index, prefix)) {
      SALLYPORT_TRY(ReadExpected());
      return reads.TakeFirst(index, prefix);
    }
    KnownRecords known;
    auto items = Read<std::vector<ListItem>>([&](Connection& connection, Deadline deadline) {
      return ReadFirst(connection, {std::string(index), std::string(prefix)}, known, deadline);
    });
    reads.NoteLeft(this, std::move(known));
    return items;
  }

  base::Result<Committer::Done> Commit(const Committer::Change& fn, bool writable) {
    ThreadReads& reads = ReadsOfThread();
    std::optional<Reads> after = reads.TakeAfterCommit(this);
    Reads unread = reads.TakeUnread(this);
    SALLYPORT_TRY(CheckOwned());
    auto done = committer_.Run(fn, writable, std::move(unread), reads.Recent(this),
                               after ? &*after : nullptr);
    if (!done) {
      if (done.error().kind == Failure::Kind::kFull) upkeep_->NoteFull();
      return ErrorOf(done.error());
    }
    reads.NoteLeft(this, std::exchange(done->left, {}));
    if (done->after) {
      reads.Expect(this, *std::move(after));
      reads.NoteExpected(*std::exchange(done->after, std::nullopt));
    }
    return *std::move(done);
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
