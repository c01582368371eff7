#include "http/connections.h"

#include <sys/socket.h>

#include <algorithm>

namespace sallyport::http {

Connections::Entry::Entry(Connections& all, int socket) : all_(all), socket_(socket) {
  const std::lock_guard lock(all_.mutex_);
  all_.entries_.insert(this);
}

Connections::Entry::~Entry() {
  const std::lock_guard lock(all_.mutex_);
  all_.entries_.erase(this);
}

void Connections::Entry::SetDeadline(int64_t seconds_from_now) {
  deadline_ = all_.clock_.MonotonicNanos() + seconds_from_now * 1'000'000'000;
}

// shutdown(2), not close(2): safe beside operations of other threads, and the number stays taken.
void Connections::Entry::Cut() const {
  ::shutdown(socket_, SHUT_RDWR);
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
