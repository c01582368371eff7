#include "store/sqlite/sqlite_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>
#include <utility>

#include "base/error_codes.h"
#include "base/log.h"
#include "store/sqlite/backup_checksum.h"
#include "store/sqlite/checkpointer.h"
#include "store/sqlite/lineage_keeper.h"
#include "store/sqlite/reader_pool.h"
#include "store/sqlite/room.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/scrub.h"
#include "store/sqlite/wal_file.h"
#include "store/sqlite/writer.h"

namespace sallyport::store {
namespace {

constexpr int kSetupCacheKib = 256;
// How many entries one commit of PruneLog deletes.
constexpr size_t kPrunePage = 500;
// The space that the WAL needs for a page with its frame header, and how much longer than
// restart_pages the WAL becomes while a restart waits for readers.
constexpr uint64_t kWalFrameBytes = 4096 + 24;
constexpr uint64_t kWalSlackPages = 256;

class SqliteSnapshot final : public Reader {
 public:
  // The caller has begun a transaction on it. `writer` must outlive it.
  SqliteSnapshot(ReaderPool::Lease reader, const Writer& writer)
      : reader_(std::move(reader)), writer_(writer) {}
  ~SqliteSnapshot() override { reader_.connection().End(); }

  base::Result<std::optional<std::string>> Get(std::string_view key) override {
    return Read([&] { return reader_->Get(key); });
  }
  base::Result<std::vector<ListItem>> List(std::string_view index, std::string_view prefix,
                                           const std::optional<ListPosition>& after,
                                           size_t limit) override {
    return Read([&] { return reader_->List(index, prefix, after, limit); });
  }
  base::Result<IndexCount> CountOf(std::string_view index) override {
    return Read([&] { return reader_->CountOf(index); });
  }
  uint64_t State() override { return state_.value_or(0); }
  uint64_t StateOf(std::string_view key) override {
    return state_ ? kind_states_[PlaceOfKind(key)] : 0;
  }

 private:
  // The first read determines the state that the transaction sees.
  template <typename Function>
  std::invoke_result_t<const Function&> Read(const Function& read) {
    if (state_) return read();
    const uint64_t before = writer_.state();
    kind_states_ = writer_.kind_states().All();
    auto result = read();
    const KindStates::Numbers after = writer_.kind_states().All();
    for (size_t i = 0; i < kMostKinds; ++i) {
      if (after[i] != kind_states_[i]) kind_states_[i] = 0;
    }
    state_ = writer_.state() == before ? before : 0;
    return result;
  }

  ReaderPool::Lease reader_;
  const Writer& writer_;
  std::optional<uint64_t> state_;  // nullopt: nothing was read yet
  KindStates::Numbers kind_states_{};
};

// What is written about the database after it was closed.
struct LastWord {
  ~LastWord() {
    // If another process is reading the database, its WAL stays, and is known.
    if (!file || WalExists(DatabasePath(directory))) return;
    // If a power loss undid the deletion of the WAL, it would be taken for a foreign one.
    if (!SyncDirectory(directory)) return;
    Witness last = file->seen().value_or(Witness{});
    last.wal = {.kind = WalMark::Kind::kNone};
    if (const auto written = file->Write(last); !written) {
      base::LogError("the witness of the store's end could not be written",
                     {{"cause", written.error().message}});
    }
  }
  std::string directory;
  std::optional<WitnessFile> file;
};

class SqliteStore final : public Store {
 public:
  SqliteStore(DirectoryLock lock, std::unique_ptr<Room> room, std::string path,
              const SqliteOptions& options)
      : lock_(std::move(lock)),
        room_(std::move(room)),
        path_(std::move(path)),
        options_(options),
        checkpointer_(options, *room_),
        readers_(path_, options.readers) {}

  ~SqliteStore() override {
    // Their threads use members that are destroyed before them.
    if (writer_) writer_->OnAppend(nullptr);
    checkpointer_.Stop();
    if (!keeper_) return;
    if (auto file = keeper_->End()) last_word_.file.emplace(std::move(*file));
    keeper_.reset();
  }

  base::Status Open(const std::string& directory, WitnessFile witness,
                    std::optional<uint64_t> found, std::optional<uint64_t> copied) {
    last_word_.directory = directory;
    SALLYPORT_ASSIGN(writer_, room_->WithSpace([this] {
      return Writer::Open(
          path_, options_.greatest_batch, *room_, [this] { LookAtRoom(); },
          [this](int pages) { checkpointer_.Notice(pages); });
    }));
    SALLYPORT_TRY(room_->WithSpace([this] { return checkpointer_.Start(path_, *writer_); }));
    const auto wal_pages = static_cast<uint64_t>(options_.restart_pages) + kWalSlackPages;
    room_->Watch(WalPath(path_), wal_pages * kWalFrameBytes);
    SALLYPORT_ASSIGN(keeper_, LineageKeeper::Open(directory, std::move(witness), found, copied,
                                                  *writer_, options_.generation_period));
    // On the full disk every page of the WAL is for revocations.
    checkpointer_.Watch(
        [this] { return room_->only_revocations() ? 0 : keeper_->RaiseBeforeCopy(); },
        [this](uint64_t generation) { keeper_->NoteCopied(generation); });
    OnAppend(nullptr);
    room_->TakeBack();
    return {};
  }

  base::Result<std::optional<std::string>> Get(std::string_view key) override {
    SALLYPORT_ASSIGN(auto reader, readers_.Take());
    return reader->Get(key);
  }

  base::Result<std::vector<ListItem>> List(std::string_view index, std::string_view prefix,
                                           const std::optional<ListPosition>& after,
                                           size_t limit) override {
    SALLYPORT_ASSIGN(auto reader, readers_.Take());
    return reader->List(index, prefix, after, limit);
  }

  base::Result<IndexCount> CountOf(std::string_view index) override {
    SALLYPORT_ASSIGN(auto reader, readers_.Take());
    return reader->CountOf(index);
  }

  uint64_t State() override { return writer_->state(); }
  uint64_t StateOf(std::string_view key) override { return writer_->kind_states().Of(key); }

  base::Result<Written> Update(const std::function<base::Status(Tx&)>& fn) override {
    SALLYPORT_ASSIGN(Committed committed, writer_->Run([&fn](SqliteTx& tx) { return fn(tx); },
                                                       Writer::Purpose::kOrdinary));
    return Written{std::move(committed.outcome)};
  }
  base::Result<Committed> UpdateLog(const std::function<base::Status(LogTx&)>& fn) override {
    return writer_->Run([&fn](SqliteTx& tx) { return fn(tx); }, Writer::Purpose::kOrdinary);
  }
  base::Result<Committed> UpdateRevoking(const std::function<base::Status(LogTx&)>& fn) override {
    return writer_->Run([&fn](SqliteTx& tx) { return fn(tx); }, Writer::Purpose::kRevocation);
  }
  base::Result<Release> Barrier() override {
    SALLYPORT_ASSIGN(
        const Committed committed,
        writer_->Run([](SqliteTx&) { return base::Status(); }, Writer::Purpose::kOrdinary));
    return committed.release;
  }

  base::Result<std::unique_ptr<Reader>> Snapshot() override {
    SALLYPORT_ASSIGN(auto reader, readers_.Take());
    SALLYPORT_TRY(reader.connection().Begin());
    return std::unique_ptr<Reader>(std::make_unique<SqliteSnapshot>(std::move(reader), *writer_));
  }

  base::Result<std::vector<revocation::LogEntry>> ReadLog(uint64_t after, size_t limit) override {
    if (auto recent = writer_->recent_log().After(after, limit)) return *std::move(recent);
    SALLYPORT_ASSIGN(auto reader, readers_.Take());
    return reader->ReadLog(after, limit);
  }

  revocation::LogPosition Head() override { return writer_->Head(); }

  base::Result<std::optional<revocation::LogHash>> HashAt(uint64_t sequence) override {
    SALLYPORT_ASSIGN(auto reader, readers_.Take());
    return reader->HashAt(sequence);
  }

  revocation::LogId log_id() override { return keeper_->lineage().log; }
  bool IsPast(const revocation::LogId& id) override { return keeper_->IsPast(id); }
  Lineage lineage() override { return keeper_->lineage(); }

  uint64_t LogSize() override { return writer_->LogRows(); }
  Space GetSpace() override { return room_->space(); }
  uint64_t Commits() override { return writer_->commits(); }
  std::optional<DatabaseFigures> Database() override { return std::nullopt; }

  base::Status PruneLog(ForgetBefore now) override {
    uint64_t deleted = 0;
    do {
      SALLYPORT_ASSIGN(Committed committed, writer_->Run([&](SqliteTx& tx) -> base::Status {
        SALLYPORT_ASSIGN(deleted, tx.DeleteExpired(now.seconds(), kPrunePage));
        return deleted > 0 ? tx.SetCounted() : base::Status();
      }));
      SALLYPORT_TRY(std::move(committed.outcome));
      if (deleted > 0) writer_->recent_log().Clear();
    } while (deleted == kPrunePage);
    return {};
  }

  base::Status Scrub() override {
    // A checkpoint during VACUUM's commit could meet the WAL at the moment when it begins anew
    // (checkpointer.h).
    checkpointer_.Stop();
    const uint64_t generation = keeper_->RaiseBeforeCopy();
    base::Status scrubbed;
    {
      const auto pause = writer_->Pause();
      scrubbed = ScrubDatabase(path_);
    }
    if (scrubbed && generation != 0) keeper_->NoteCopied(generation);
    SALLYPORT_TRY(checkpointer_.Start(path_, *writer_));
    return scrubbed;
  }

  // Its directory is locked as long as its process lives.
  bool may_grant() override { return true; }
  Peers* peers() override { return nullptr; }
  bool runs_jobs() override { return true; }
  void OnTime(std::function<void(const std::string&, const std::string&)>) override {}
  bool is_restored() override { return keeper_->is_restored(); }
  std::string restored_reason() override { return keeper_->restored_reason(); }
  base::Status MarkRestored(std::string_view reason) override {
    return keeper_->MarkRestored(reason);
  }
  base::Status BeginHistory() override { return keeper_->BeginHistory(); }
  base::Result<std::vector<StoredRecord>> ReadRecords(const std::optional<std::string>& after,
                                                      size_t limit) override {
    SALLYPORT_ASSIGN(auto reader, readers_.Take());
    return Queries::ReadRecords(reader.connection().database, after, limit);
  }
  base::Status EmptyLog() override {
    writer_->recent_log().Clear();
    return Adopt([](SqliteTx& tx) { return tx.EmptyLog(); });
  }
  base::Status AdoptEntries(const std::vector<revocation::LogEntry>& entries) override {
    return Adopt([&](SqliteTx& tx) -> base::Status {
      for (const revocation::LogEntry& entry : entries) SALLYPORT_TRY(tx.Adopt(entry));
      return {};
    });
  }
  base::Status AdoptLineage(const Lineage& lineage) override { return keeper_->Adopt(lineage); }
  uint32_t WitnessedTtl() override { return keeper_->WitnessedTtl(); }
  base::Status WitnessTtl(uint32_t ttl_millis) override { return keeper_->WitnessTtl(ttl_millis); }

  void OnAppend(std::function<void(revocation::LogPosition)> on_commit) override {
    writer_->OnAppend([this, on_commit = std::move(on_commit)](revocation::LogPosition head) {
      keeper_->Notice();
      if (on_commit) on_commit(head);
    });
  }

 private:
  // Of the log as another store has it.
  base::Status Adopt(const std::function<base::Status(SqliteTx&)>& change) {
    SALLYPORT_ASSIGN(Committed committed, writer_->Run([&](SqliteTx& tx) -> base::Status {
      SALLYPORT_TRY(change(tx));
      return tx.SetCounted();
    }));
    return std::move(committed.outcome);
  }

  // Before the disk is full there must be room for what the WAL has and the database does not have
  // yet; on a full disk the WAL must not become larger than the reserve.
  void LookAtRoom() {
    room_->Demand(static_cast<uint64_t>(checkpointer_.PagesToCopy()) * kWalFrameBytes);
    if (room_->only_revocations()) checkpointer_.AwaitShortWal();
  }

  // The order matters. The lock is destroyed last. The writer's connection is closed after all
  // others, so that closing it empties the WAL; what is written about that follows.
  DirectoryLock lock_;
  const std::unique_ptr<Room> room_;
  LastWord last_word_;
  const std::string path_;
  const SqliteOptions options_;
  std::unique_ptr<Writer> writer_;
  Checkpointer checkpointer_;
  ReaderPool readers_;
  std::unique_ptr<LineageKeeper> keeper_;
};

}  // namespace

base::Result<std::unique_ptr<Store>> OpenSqlite(const std::string& directory,
                                                const SqliteOptions& options) {
  SALLYPORT_ASSIGN(DirectoryLock lock, DirectoryLock::Take(directory));
  SALLYPORT_ASSIGN(WitnessFile witness, WitnessFile::Open(directory));
  SALLYPORT_TRY(CheckNotEmptied(directory, witness.exists()));
  const std::optional<uint64_t> found = LineageKeeper::GenerationInFile(directory);
  SALLYPORT_ASSIGN(auto room, Room::Open(directory, options.reserve_bytes));
  SALLYPORT_TRY(LineageKeeper::JudgeWal(directory, witness, *room));
  SALLYPORT_ASSIGN(std::string path, TouchDatabase(directory));
  SALLYPORT_TRY(CutChecksum(path));
  const auto damaged = [&](const base::Error& error) {
    if (error.code == base::code::kStoreUnusable) return error;
    if (IsDiskFull(error)) {
      return Unusable(
          fmt::format("{}: the disk is full, and nothing is left of the reserve with which the "
                      "store could be opened: free some space and start again",
                      path),
          error.cause);
    }
    return Unusable(fmt::format("{}: the database is damaged, foreign or unreadable", path),
                    error.cause);
  };
  const auto prepared = room->WithSpace([&]() -> base::Status {
    SALLYPORT_ASSIGN(Database database, Database::Open(path, true, kSetupCacheKib));
    return PrepareSchema(database, directory, !witness.exists() && IsFirstStart(directory));
  });
  if (!prepared) return damaged(prepared.error());
  // The last connection that is closed copies the whole WAL into the file, if there was one.
  const std::optional<uint64_t> copied = LineageKeeper::GenerationInFile(directory);
  auto store = std::make_unique<SqliteStore>(std::move(lock), std::move(room), path, options);
  if (auto opened = store->Open(directory, std::move(witness), found, copied); !opened) {
    return damaged(opened.error());
  }
  EndFirstStart(directory);
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace sallyport::store
