// FullStore: a store on a disk that is full when the test says so. Everything else is done by the
// store that it wraps.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/store.h"

namespace sallyport::domain {

class FullStore : public store::Store {
 public:
  explicit FullStore(store::Store& store) : store_(store) {}

  // Update and UpdateLog fail, but UpdateRevoking does not, because it has the reserve.
  std::atomic<bool> full{false};
  // Called once, before the next UpdateRevoking.
  std::function<void()> before_revoking;

  base::Result<std::optional<std::string>> Get(std::string_view key) override {
    return store_.Get(key);
  }
  base::Result<std::vector<store::ListItem>> List(std::string_view index, std::string_view prefix,
                                                  const std::optional<store::ListPosition>& after,
                                                  size_t limit) override {
    return store_.List(index, prefix, after, limit);
  }
  base::Result<store::IndexCount> CountOf(std::string_view index) override {
    return store_.CountOf(index);
  }
  base::Result<store::Written> Update(const std::function<base::Status(store::Tx&)>& fn) override {
    if (full) return store::DiskFullError("of the test");
    return store_.Update(fn);
  }
  base::Result<store::Committed> UpdateLog(
      const std::function<base::Status(store::LogTx&)>& fn) override {
    if (full) return store::DiskFullError("of the test");
    return store_.UpdateLog(fn);
  }
  base::Result<store::Committed> UpdateRevoking(
      const std::function<base::Status(store::LogTx&)>& fn) override {
    if (const auto before = std::exchange(before_revoking, nullptr)) before();
    return store_.UpdateRevoking(fn);
  }
  base::Result<store::Release> Barrier() override { return store_.Barrier(); }
  base::Result<std::unique_ptr<store::Reader>> Snapshot() override { return store_.Snapshot(); }
  base::Result<std::vector<revocation::LogEntry>> ReadLog(uint64_t after, size_t limit) override {
    return store_.ReadLog(after, limit);
  }
  revocation::LogPosition Head() override { return store_.Head(); }
  base::Result<std::optional<revocation::LogHash>> HashAt(uint64_t sequence) override {
    return store_.HashAt(sequence);
  }
  revocation::LogId log_id() override { return store_.log_id(); }
  bool IsPast(const revocation::LogId& id) override { return store_.IsPast(id); }
  store::Lineage lineage() override { return store_.lineage(); }
  uint64_t LogSize() override { return store_.LogSize(); }
  store::Space GetSpace() override { return store_.GetSpace(); }
  uint64_t Commits() override { return store_.Commits(); }
  std::optional<store::DatabaseFigures> Database() override { return store_.Database(); }
  base::Status PruneLog(store::ForgetBefore now) override { return store_.PruneLog(now); }
  base::Status Scrub() override { return store_.Scrub(); }
  bool may_grant() override { return store_.may_grant(); }
  store::Peers* peers() override { return store_.peers(); }
  bool runs_jobs() override { return store_.runs_jobs(); }
  void OnTime(std::function<void(const std::string&, const std::string&)> learn) override {
    store_.OnTime(std::move(learn));
  }
  bool is_restored() override { return store_.is_restored(); }
  std::string restored_reason() override { return store_.restored_reason(); }
  base::Status MarkRestored(std::string_view reason) override {
    return store_.MarkRestored(reason);
  }
  base::Status BeginHistory() override { return store_.BeginHistory(); }
  base::Result<std::vector<store::StoredRecord>> ReadRecords(
      const std::optional<std::string>& after, size_t limit) override {
    return store_.ReadRecords(after, limit);
  }
  base::Status EmptyLog() override { return store_.EmptyLog(); }
  base::Status AdoptEntries(const std::vector<revocation::LogEntry>& entries) override {
    return store_.AdoptEntries(entries);
  }
  base::Status AdoptLineage(const store::Lineage& lineage) override {
    return store_.AdoptLineage(lineage);
  }
  uint32_t WitnessedTtl() override { return store_.WitnessedTtl(); }
  base::Status WitnessTtl(uint32_t ttl_millis) override { return store_.WitnessTtl(ttl_millis); }
  void OnAppend(std::function<void(revocation::LogPosition)> on_commit) override {
    store_.OnAppend(std::move(on_commit));
  }

 private:
  store::Store& store_;
};

}  // namespace sallyport::domain
