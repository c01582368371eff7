#include "http/connections.h"

#include <sys/socket.h>

#include <utility>
#include <vector>

namespace sallyport::http {
namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;
constexpr int64_t kFreeEveryNanos = 20'000'000;

}  // namespace

Connections::Entry::Entry(Connections& all, int socket)
    : all_(all), socket_(socket), memory_(all.memory_) {
  const std::lock_guard lock(all_.mutex_);
  all_.entries_.insert(this);
}

Connections::Entry::~Entry() {
  const std::lock_guard lock(all_.mutex_);
  all_.entries_.erase(this);
  if (given_way_) --all_.leaving_;
}

void Connections::Entry::AwaitClient(int64_t seconds) {
  const int64_t now = all_.clock_.MonotonicNanos();
  since_ = now;
  deadline_ = now + seconds * kNanosPerSecond;
}

void Connections::Entry::ClearDeadline() {
  since_ = INT64_MAX;
  deadline_ = INT64_MAX;
}

// shutdown(2) and not close(2): this is safe while other threads use the socket, and its number is
// not reused.
void Connections::Entry::Cut() const {
  ::shutdown(socket_, SHUT_RDWR);
}

template <typename Is>
size_t Connections::LetGiveWay(size_t count, Is is) {
  std::vector<std::pair<int64_t, Entry*>> waiting;
  for (Entry* entry : entries_) {
    const int64_t since = entry->since_;
    if (since != INT64_MAX && !entry->given_way_ && is(*entry, since)) {
      waiting.emplace_back(since, entry);
    }
  }
  count = std::min(count, waiting.size());
  std::nth_element(waiting.begin(), waiting.begin() + static_cast<ptrdiff_t>(count), waiting.end());
  for (size_t i = 0; i < count; ++i) {
    waiting[i].second->given_way_ = true;
    waiting[i].second->Cut();
  }
  leaving_ += count;
  return count;
}

// Several connections are closed at once, because finding the oldest takes a look at all.
bool Connections::Admit() {
  const std::lock_guard lock(mutex_);
  if (entries_.size() - leaving_ >= limit_) {
    LetGiveWay(1 + limit_ / 128, [](const Entry&, int64_t) { return true; });
  }
  return entries_.size() - leaving_ < limit_ && entries_.size() < limit_ + Leaving(limit_);
}

void Connections::FreeMemory() {
  const int64_t now = clock_.MonotonicNanos();
  const int64_t before = now - kNanosPerSecond;
  const std::lock_guard lock(mutex_);
  // Looking at all connections takes a while, and those that were closed before have to disappear
  // first.
  if (now < next_freeing_) return;
  next_freeing_ = now + kFreeEveryNanos;
  const size_t count = 1 + entries_.size() / 128;
  const size_t closed = LetGiveWay(count, [before](const Entry& entry, int64_t since) {
    return since < before && entry.memory_.counts_request();
  });
  if (closed > 0) return;
  // Then the memory is used by idle connections over TLS.
  LetGiveWay(count, [before](const Entry& entry, int64_t since) {
    return since < before && entry.memory_.beyond_free() > 0;
  });
}

size_t Connections::size() const {
  const std::lock_guard lock(mutex_);
  return entries_.size();
}

size_t Connections::callers() const {
  const std::lock_guard lock(mutex_);
  return static_cast<size_t>(std::count_if(entries_.begin(), entries_.end(),
                                           [](const Entry* entry) { return !entry->feed_; }));
}

void Connections::Sweep() {
  const int64_t now = clock_.MonotonicNanos();
  const std::lock_guard lock(mutex_);
  for (const Entry* entry : entries_) {
    if (entry->deadline_ <= now) entry->Cut();
  }
}

void Connections::BeginStop() {
  stopping_ = true;
  const std::lock_guard lock(mutex_);
  for (const Entry* entry : entries_) {
    if (entry->idle_) entry->Cut();
  }
}

void Connections::CutAll() {
  const std::lock_guard lock(mutex_);
  for (const Entry* entry : entries_) entry->Cut();
}

}  // namespace sallyport::http
