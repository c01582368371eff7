#include "store_postgres/thread_reads.h"

#include <algorithm>
#include <utility>

namespace sallyport::store::postgres {
namespace {

// How many records are remembered that one thread has read lately, and for how long. A call that
// hashes a password, or asks a function of its pool, commits some time after it has read.
constexpr size_t kMostRecent = 48;
constexpr auto kRecent = std::chrono::seconds(5);

}  // namespace

ThreadReads& ReadsOfThread() {
  thread_local ThreadReads reads;
  return reads;
}

void ThreadReads::Expect(const void* store, Reads reads) {
  expecting_ = store;
  expected_ = std::move(reads);
  read_.reset();
  after_commit_store_ = nullptr;
}

void ThreadReads::ExpectAfterCommit(const void* store, Reads reads) {
  after_commit_store_ = store;
  after_commit_ = std::move(reads);
}

std::optional<Reads> ThreadReads::TakeAfterCommit(const void* store) {
  if (std::exchange(after_commit_store_, nullptr) != store) return std::nullopt;
  return std::move(after_commit_);
}

bool ThreadReads::Expects(const void* store, std::string_view key) const {
  if (expecting_ != store) return false;
  if (read_) return read_->records.contains(key);
  const auto is_key = [&](const std::string& one) { return one == key; };
  const auto is_pointer = [&](const Following& one) { return one.pointer == key; };
  return std::any_of(expected_.keys.begin(), expected_.keys.end(), is_key) ||
         std::any_of(expected_.following.begin(), expected_.following.end(), is_pointer);
}

bool ThreadReads::ExpectsFirst(const void* store, std::string_view index,
                               std::string_view prefix) const {
  if (expecting_ != store) return false;
  if (read_) return read_->firsts.contains({std::string(index), std::string(prefix)});
  return std::any_of(expected_.firsts.begin(), expected_.firsts.end(), [&](const FirstOf& one) {
    return one.index == index && one.prefix == prefix;
  });
}

void ThreadReads::NoteExpected(ReadTogether read) {
  for (const auto& [key, record] : read.records) Note(expecting_, key, record);
  read_ = std::move(read);
}

KnownRecord ThreadReads::Take(std::string_view key) {
  const auto found = read_->records.find(key);
  KnownRecord record = std::move(found->second);
  read_->records.erase(found);
  return record;
}

std::vector<ListItem> ThreadReads::TakeFirst(std::string_view index, std::string_view prefix) {
  const auto found = read_->firsts.find({std::string(index), std::string(prefix)});
  std::vector<ListItem> items = std::move(found->second);
  read_->firsts.erase(found);
  return items;
}

Reads ThreadReads::TakeUnread(const void* store) {
  Reads unread;
  if (expecting_ == store && !read_) unread = std::move(expected_);
  Expect(nullptr, {});
  return unread;
}

void ThreadReads::EndReading() {
  if (read_) Expect(nullptr, {});
}

void ThreadReads::BelongTo(const void* store) {
  if (store_ == store) return;
  recent_.clear();
  times_.clear();
  store_ = store;
}

void ThreadReads::Note(const void* store, std::string_view key, KnownRecord record) {
  BelongTo(store);
  const auto found = recent_.find(key);
  if (found == recent_.end() && recent_.size() >= kMostRecent) {
    const auto oldest =
        std::min_element(times_.begin(), times_.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    recent_.erase(oldest->first);
    times_.erase(oldest);
  }
  times_[std::string(key)] = Clock::now();
  recent_.insert_or_assign(std::string(key), std::move(record));
}

const KnownRecords& ThreadReads::Recent(const void* store) {
  BelongTo(store);
  const auto oldest = Clock::now() - kRecent;
  std::erase_if(times_, [&](const auto& one) {
    if (one.second >= oldest) return false;
    recent_.erase(one.first);
    return true;
  });
  return recent_;
}

void ThreadReads::NoteLeft(const void* store, KnownRecords&& records) {
  for (auto& [key, record] : records) Note(store, key, std::move(record));
}

}  // namespace sallyport::store::postgres
