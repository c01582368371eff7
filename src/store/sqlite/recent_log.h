// RecentLog: the last entries of the log as they were committed, so that the feed does not have to
// read from the disk what was just written there. Thread-safe.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <mutex>
#include <optional>
#include <vector>

#include "revocation/revocation.h"

namespace sallyport::store {

class RecentLog {
 public:
  static constexpr size_t kMost = 1024;

  // Adds entries, which must follow those that were added before.
  void Add(std::vector<revocation::LogEntry> entries) {
    const std::lock_guard lock(mutex_);
    for (revocation::LogEntry& entry : entries) entries_.push_back(std::move(entry));
    while (entries_.size() > kMost) entries_.pop_front();
  }

  // Forgets all entries, because some were deleted from the log.
  void Clear() {
    const std::lock_guard lock(mutex_);
    entries_.clear();
  }

  // As Store::ReadLog; nullopt where it does not reach back far enough.
  std::optional<std::vector<revocation::LogEntry>> After(uint64_t after, size_t limit) const {
    const std::lock_guard lock(mutex_);
    if (entries_.empty() || after + 1 < entries_.front().position.sequence) return std::nullopt;
    const uint64_t skipped =
        std::min<uint64_t>(after + 1 - entries_.front().position.sequence, entries_.size());
    const auto first = std::next(entries_.begin(), static_cast<std::ptrdiff_t>(skipped));
    const size_t count = std::min(limit, entries_.size() - skipped);
    return std::vector<revocation::LogEntry>(first,
                                             std::next(first, static_cast<std::ptrdiff_t>(count)));
  }

 private:
  mutable std::mutex mutex_;
  std::deque<revocation::LogEntry> entries_;  // guarded by mutex_; without gaps
};

}  // namespace sallyport::store
