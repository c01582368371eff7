// ThreadReads: what the calling thread expects to read (ReadAhead), and what it has just read of a
// store.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/read_ahead.h"
#include "store_postgres/queries.h"

namespace sallyport::store::postgres {

// Each thread has its own, for one store at a time.
class ThreadReads {
 public:
  // ---- What is expected.
  void Expect(const void* store, Reads reads);
  void ExpectAfterCommit(const void* store, Reads reads);
  // Those of the next commit. Nullopt: there are none.
  std::optional<Reads> TakeAfterCommit(const void* store);
  // Whether this read was expected, and was not made yet.
  bool Expects(const void* store, std::string_view key) const;
  bool ExpectsFirst(const void* store, std::string_view index, std::string_view prefix) const;
  // Nullptr: they were made.
  const Reads* unread() const { return read_ ? nullptr : &expected_; }
  void NoteExpected(ReadTogether read);
  // Precondition: it is expected, and was read. It is given once.
  KnownRecord Take(std::string_view key);
  std::vector<ListItem> TakeFirst(std::string_view index, std::string_view prefix);
  // For a commit, which makes them itself: those that were not made yet. Ends it.
  Reads TakeUnread(const void* store);
  // What was read is not given to reads of another state.
  void EndReading();

  // ---- What was read.
  void Note(const void* store, std::string_view key, KnownRecord record);
  // Of the last seconds. A commit begins with them instead of reading them again, and verifies them
  // (PostgresTx).
  const KnownRecords& Recent(const void* store);
  // Which a commit has left.
  void NoteLeft(const void* store, KnownRecords&& records);

 private:
  using Clock = std::chrono::steady_clock;
  void BelongTo(const void* store);

  const void* expecting_ = nullptr;
  Reads expected_;
  std::optional<ReadTogether> read_;
  const void* after_commit_store_ = nullptr;
  Reads after_commit_;

  const void* store_ = nullptr;
  KnownRecords recent_;
  std::map<std::string, Clock::time_point, std::less<>> times_;  // of those in recent_
};
ThreadReads& ReadsOfThread();

}  // namespace sallyport::store::postgres
