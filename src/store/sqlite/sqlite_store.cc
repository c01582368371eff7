#include "store/sqlite/sqlite_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/random.h"
#include "store/sqlite/checkpointer.h"
#include "store/sqlite/reader_pool.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/writer.h"

namespace sallyport::store {
namespace {

constexpr int kSetupCacheKib = 256;
// Entries that one commit of PruneLog deletes.
constexpr size_t kPrunePage = 500;

std::string_view BytesOfId(const revocation::LogId& id) {
  return {reinterpret_cast<const char*>(id.data()), id.size()};
}

class SqliteSnapshot final : public Reader {
 public:
  // A transaction has begun on it.
  explicit SqliteSnapshot(ReaderPool::Lease reader) : reader_(std::move(reader)) {}
  ~SqliteSnapshot() override { reader_.connection().End(); }

  base::Result<std::optional<std::string>> Get(std::string_view key) override {
    return reader_->Get(key);
  }
  base::Result<std::vector<ListItem>> List(std::string_view index, std::string_view prefix,
                                           const std::optional<ListPosition>& after,
                                           size_t limit) override {
    return reader_->List(index, prefix, after, limit);
  }
  base::Result<IndexCount> CountOf(std::string_view index) override {
    return reader_->CountOf(index);
  }

 private:
  ReaderPool::Lease reader_;
};

class SqliteStore final : public Store {
 public:
  SqliteStore(DirectoryLock lock, std::string path, const SqliteOptions& options)
      : lock_(std::move(lock)),
        path_(std::move(path)),
        options_(options),
        checkpointer_(options),
        readers_(path_, options.readers) {}

  ~SqliteStore() override {
    if (!writer_) return;
    // Opening counts again what this fails to record.
    (void)writer_->Run([](SqliteTx& tx) { return tx.SetCounted(); });
    checkpointer_.Stop();
  }

  base::Status Open() {
    SALLYPORT_ASSIGN(writer_, Writer::Open(path_, options_.greatest_batch,
                                           [this](int pages) { checkpointer_.Notice(pages); }));
    SALLYPORT_TRY(checkpointer_.Start(path_, *writer_));
    return ReadLogId();
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

  base::Result<Committed> Update(const std::function<base::Status(Tx&)>& fn) override {
    return writer_->Run([&fn](SqliteTx& tx) { return fn(tx); });
  }

  base::Result<std::unique_ptr<Reader>> Snapshot() override {
    SALLYPORT_ASSIGN(auto reader, readers_.Take());
    SALLYPORT_TRY(reader.connection().Begin());
    return std::unique_ptr<Reader>(std::make_unique<SqliteSnapshot>(std::move(reader)));
  }

  base::Result<std::vector<revocation::LogEntry>> ReadLog(uint64_t after, size_t limit) override {
    SALLYPORT_ASSIGN(auto reader, readers_.Take());
    return reader->ReadLog(after, limit);
  }

  revocation::LogPosition Head() override { return writer_->Head(); }

  base::Result<std::optional<revocation::LogHash>> HashAt(uint64_t sequence) override {
    SALLYPORT_ASSIGN(auto reader, readers_.Take());
    return reader->HashAt(sequence);
  }

  revocation::LogId log_id() override {
    std::lock_guard lock(log_id_mutex_);
    return log_id_;
  }

  uint64_t LogSize() override { return writer_->LogRows(); }
  uint64_t Commits() override { return writer_->commits(); }

  base::Status PruneLog(int64_t now_seconds) override {
    uint64_t deleted = 0;
    do {
      SALLYPORT_ASSIGN(Committed committed, writer_->Run([&](SqliteTx& tx) -> base::Status {
        SALLYPORT_ASSIGN(deleted, tx.DeleteExpired(now_seconds, kPrunePage));
        return deleted > 0 ? tx.SetCounted() : base::Status();
      }));
      SALLYPORT_TRY(std::move(committed.outcome));
    } while (deleted == kPrunePage);
    return {};
  }

  base::Status RenewLogId() override {
    revocation::LogId id{};
    base::RandomBytes(id);
    SALLYPORT_ASSIGN(Committed committed, writer_->Run([&](SqliteTx& tx) {
      return tx.SetMeta("log_id", BytesOfId(id));
    }));
    SALLYPORT_TRY(std::move(committed.outcome));
    std::lock_guard lock(log_id_mutex_);
    log_id_ = id;
    return {};
  }

  void OnAppend(std::function<void(revocation::LogPosition)> on_commit) override {
    writer_->OnAppend(std::move(on_commit));
  }

 private:
  base::Status ReadLogId() {
    SALLYPORT_ASSIGN(Database database, Database::Open(path_, false, kSetupCacheKib));
    SALLYPORT_ASSIGN(Statement select,
                     database.Prepare("SELECT value FROM meta WHERE name='log_id'"));
    auto run = select.Begin();
    SALLYPORT_ASSIGN(bool row, run.Step());
    if (!row || run.BytesAt(0).size() != log_id_.size()) {
      return base::InternalError("sqlite: meta has no log_id");
    }
    const std::string_view bytes = run.BytesAt(0);
    std::copy(bytes.begin(), bytes.end(), log_id_.begin());
    return {};
  }

  // In this order: the lock goes last, and the writer's connection after all others, so that its
  // closing empties the WAL.
  DirectoryLock lock_;
  const std::string path_;
  const SqliteOptions options_;
  std::unique_ptr<Writer> writer_;
  Checkpointer checkpointer_;
  ReaderPool readers_;
  std::mutex log_id_mutex_;
  revocation::LogId log_id_{};  // guarded by log_id_mutex_
};

}  // namespace

base::Result<std::unique_ptr<Store>> OpenSqlite(const std::string& directory,
                                                const SqliteOptions& options) {
  SALLYPORT_ASSIGN(DirectoryLock lock, DirectoryLock::Take(directory));
  SALLYPORT_ASSIGN(std::string path, TouchDatabase(directory));
  const auto damaged = [&](const base::Error& error) {
    return Unusable(fmt::format("{}: the database is damaged, foreign or unreadable", path),
                    error.cause);
  };
  {
    auto database = Database::Open(path, true, kSetupCacheKib);
    if (!database) return damaged(database.error());
    SALLYPORT_TRY(PrepareSchema(*database, path));
  }
  auto store = std::make_unique<SqliteStore>(std::move(lock), path, options);
  if (auto opened = store->Open(); !opened) return damaged(opened.error());
  return std::unique_ptr<Store>(std::move(store));
}

}  // namespace sallyport::store
