#include "store/copy.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/error_codes.h"

namespace sallyport::store {
namespace {

// Read from either at once, and written in one commit.
constexpr size_t kPage = 500;

base::Error CopyProblem(std::string message) {
  return {base::code::kRefused, std::move(message), {}};
}

// Records about the store itself, which are not part of its contents.
bool IsOwn(std::string_view key) {
  return key == kCopyingRecord || key == kRestoredRecord;
}

// The records of a store in the order of their keys, read page by page.
class Walk {
 public:
  explicit Walk(Store& store) : store_(store) {}

  // The next one; null: there are no more.
  base::Result<const StoredRecord*> Next() {
    while (true) {
      if (at_ == page_.size()) {
        if (ended_) return static_cast<const StoredRecord*>(nullptr);
        SALLYPORT_ASSIGN(page_, store_.ReadRecords(after_, kPage));
        at_ = 0;
        ended_ = page_.size() < kPage;
        if (page_.empty()) continue;
        after_ = page_.back().key;
      }
      if (!IsOwn(page_[at_].key)) return &page_[at_];
      ++at_;
    }
  }
  void Pass() { ++at_; }

 private:
  Store& store_;
  std::optional<std::string> after_;
  std::vector<StoredRecord> page_;
  size_t at_ = 0;
  bool ended_ = false;
};

// What makes the target's records the source's.
struct Changes {
  std::vector<StoredRecord> put;
  std::vector<std::string> dropped;
  size_t size() const { return put.size() + dropped.size(); }
};

base::Status Write(Store& target, const std::function<base::Status(Tx&)>& fn) {
  SALLYPORT_ASSIGN(Written written, target.Update(fn));
  return std::move(written.outcome);
}

base::Status Apply(Store& target, Changes& changes, CopyProgress& progress) {
  if (changes.size() == 0) return {};
  SALLYPORT_TRY(Write(target, [&](Tx& tx) -> base::Status {
    for (const StoredRecord& record : changes.put) {
      SALLYPORT_TRY(tx.Put(record.key, record.value, record.rows));
    }
    for (const std::string& key : changes.dropped) SALLYPORT_TRY(tx.Delete(key));
    return {};
  }));
  progress.changed += changes.size();
  changes = {};
  return {};
}

base::Status CopyRecords(Store& source, Store& target, const CopyOptions& options,
                         CopyProgress& progress) {
  Walk from(source);
  Walk to(target);
  Changes changes;
  while (true) {
    SALLYPORT_ASSIGN(const StoredRecord* wanted, from.Next());
    SALLYPORT_ASSIGN(const StoredRecord* present, to.Next());
    if (wanted == nullptr && present == nullptr) break;
    const bool same_key = wanted != nullptr && present != nullptr && wanted->key == present->key;
    if (wanted == nullptr || (present != nullptr && present->key < wanted->key)) {
      changes.dropped.push_back(present->key);
      to.Pass();
    } else {
      if (!same_key || *wanted != *present) changes.put.push_back(*wanted);
      from.Pass();
      if (same_key) to.Pass();
      ++progress.records;
      if (progress.records % 10'000 == 0 && options.progress) options.progress(progress);
    }
    if (changes.size() >= kPage) SALLYPORT_TRY(Apply(target, changes, progress));
  }
  return Apply(target, changes, progress);
}

base::Status CopyLog(Store& source, Store& target, const CopyOptions& options,
                     CopyProgress& progress) {
  SALLYPORT_TRY(target.EmptyLog());
  uint64_t after = 0;
  while (true) {
    SALLYPORT_ASSIGN(const auto entries, source.ReadLog(after, kPage));
    if (entries.empty()) return {};
    SALLYPORT_TRY(target.AdoptEntries(entries));
    after = entries.back().position.sequence;
    progress.entries += entries.size();
    if (options.progress) options.progress(progress);
  }
}

// The reason with which the source is marked. A copy that was cut off after that recognises by it
// that the mark is its own.
std::string MovedTo(const CopyOptions& options) {
  return fmt::format("it was moved to {}", options.target_name);
}

// True: a copy is to be made. False: one was finished, and cut off before it could say so.
base::Result<bool> CheckEnds(Store& source, Store& target, const CopyOptions& options) {
  if (source.is_restored() && source.restored_reason() != MovedTo(options)) {
    return CopyProblem(
        fmt::format("{}: nothing is issued from this store ({}): run sallyport recover on it first",
                    options.source_name, source.restored_reason()));
  }
  SALLYPORT_TRY(CheckNoCopy(source, options.source_name));
  SALLYPORT_ASSIGN(const auto copying, target.Get(kCopyingRecord));
  if (copying) return true;
  // A new store has no record at all.
  SALLYPORT_ASSIGN(const auto some, target.ReadRecords(std::nullopt, 1));
  if (some.empty() && target.Head().sequence == 0) return true;
  if (target.lineage().store == source.lineage().store && source.is_restored()) return false;
  return CopyProblem(
      fmt::format("{}: there is a store already, and a copy overwrites none", options.target_name));
}

}  // namespace

base::Status CheckNoCopy(Store& store, const std::string& shown) {
  SALLYPORT_ASSIGN(const auto copying, store.Get(kCopyingRecord));
  if (!copying) return {};
  return base::Error{base::code::kStoreUnusable,
                     fmt::format("{}: a copy to this store ({}) was not finished: run sallyport "
                                 "store copy again",
                                 shown, *copying),
                     {}};
}

base::Result<CopyProgress> CopyStore(Store& source, Store& target, const CopyOptions& options) {
  CopyProgress progress;
  SALLYPORT_ASSIGN(const bool needed, CheckEnds(source, target, options));
  if (!needed) return progress;
  SALLYPORT_TRY(Write(target, [&](Tx& tx) {
    return tx.Put(kCopyingRecord, fmt::format("from {}", options.source_name), {});
  }));
  SALLYPORT_TRY(CopyRecords(source, target, options, progress));
  SALLYPORT_TRY(CopyLog(source, target, options, progress));
  SALLYPORT_TRY(target.WitnessTtl(source.WitnessedTtl()));
  const revocation::LogPosition head = source.Head();
  if (target.Head() != head) {
    return CopyProblem(fmt::format("{}: the log that was copied ends at {} and not at {}",
                                   options.target_name, target.Head().sequence, head.sequence));
  }
  // The order matters: at no time would both stores be served.
  SALLYPORT_TRY(source.MarkRestored(MovedTo(options)));
  Lineage lineage = source.lineage();
  ++lineage.generation;
  SALLYPORT_TRY(target.AdoptLineage(lineage));
  return progress;
}

}  // namespace sallyport::store
