#include "store/server_time.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sallyport::store {
namespace {

// The record is written this far ahead, so that few calls have to wait for it.
constexpr int64_t kIssueLeadSeconds = 300;
constexpr size_t kLogPage = 1000;

// Allowed even on a full disk: a revocation there must not be forgotten too early, and refreshes
// continue.
base::Status Change(Store& store, const std::function<base::Status(Tx&)>& fn) {
  SALLYPORT_ASSIGN(Committed committed, store.UpdateRevoking(fn));
  return std::move(committed.outcome);
}

base::Result<int64_t> ParseWatched(std::string_view text) {
  int64_t millis = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, millis);
  if (error != std::errc() || rest != end) {
    return base::InternalError("the record of the watched time is damaged");
  }
  return millis;
}

// nullopt: an older version has written the store, or it is new.
base::Result<std::optional<int64_t>> ReadWatched(Reader& reader) {
  SALLYPORT_ASSIGN(const std::optional<std::string> text, reader.Get(kWatchedRecord));
  if (!text) return std::optional<int64_t>();
  SALLYPORT_ASSIGN(const int64_t millis, ParseWatched(*text));
  return std::optional(millis);
}

void RaiseTo(std::atomic<int64_t>& value, int64_t least) {
  int64_t before = value.load(std::memory_order_relaxed);
  while (before < least && !value.compare_exchange_weak(before, least)) {
  }
}

base::Result<std::optional<int64_t>> LeastKeepUntil(Store& store) {
  std::optional<int64_t> least;
  uint64_t after = 0;
  for (;;) {
    SALLYPORT_ASSIGN(const std::vector<revocation::LogEntry> page, store.ReadLog(after, kLogPage));
    for (const revocation::LogEntry& entry : page) {
      const int64_t keep_until = entry.revocation.keep_until;
      if (keep_until == revocation::kNever) continue;
      least = std::min(least.value_or(keep_until), keep_until);
    }
    if (page.size() < kLogPage) return least;
    after = page.back().position.sequence;
  }
}

}  // namespace

base::Result<TimeRecord> ReadTimeRecord(Reader& reader) {
  SALLYPORT_ASSIGN(const std::optional<std::string> text, reader.Get(kTimeRecord));
  if (!text) return TimeRecord{};
  return ParseTimeRecord(*text);
}

base::Result<std::unique_ptr<ServerTime>> ServerTime::Open(Store& store, const base::Clock& host) {
  SALLYPORT_ASSIGN(const std::optional<std::string> text, store.Get(kTimeRecord));
  TimeRecord record;
  if (text) {
    SALLYPORT_ASSIGN(record, ParseTimeRecord(*text));
  } else {
    SALLYPORT_ASSIGN(const auto least, LeastKeepUntil(store));
    record = FirstTimeRecord(host.WallSeconds(), least);
    const TimeRecord first = record;
    SALLYPORT_TRY(Change(store, [&](Tx& tx) -> base::Status {
      SALLYPORT_ASSIGN(const std::optional<std::string> there, tx.Get(kTimeRecord));
      // Another server was first.
      if (!there) return tx.Put(kTimeRecord, ToText(record = first), {});
      SALLYPORT_ASSIGN(record, ParseTimeRecord(*there));
      return {};
    }));
  }
  SALLYPORT_ASSIGN(std::optional<int64_t> watched, ReadWatched(store));
  if (!watched) {
    // The rows of an older version have times of day, by which it deleted them at each start.
    watched = host.WallMillis();
    SALLYPORT_TRY(Change(store, [&](Tx& tx) -> base::Status {
      SALLYPORT_ASSIGN(const auto there, ReadWatched(tx));
      return there ? base::Status() : tx.Put(kWatchedRecord, std::to_string(*watched), {});
    }));
  }
  std::unique_ptr<ServerTime> time(new ServerTime(store, host, record, *watched));
  store.OnTime(
      [self = time.get()](const std::string& record_text, const std::string& watched_text) {
        self->Learn(record_text, watched_text);
      });
  return time;
}

ServerTime::~ServerTime() {
  store_.OnTime(nullptr);
}

void ServerTime::Learn(const std::string& time, const std::string& watched) {
  // What cannot be read is reported by whoever changes it.
  if (const auto record = ParseTimeRecord(time); !time.empty() && record) {
    // W first: nothing is forgotten by a time that this server's clock has not reached.
    RaiseTo(forgotten_, record->forgotten);
    RaiseTo(forget_before_, std::min(record->forget_before, record->forgotten));
  }
  if (const auto millis = ParseWatched(watched); !watched.empty() && millis) {
    RaiseTo(watched_from_millis_, *millis - (host_.MonotonicNanos() - opened_nanos_) / 1'000'000);
  }
}

ServerTime::ServerTime(Store& store, const base::Clock& host, const TimeRecord& record,
                       int64_t watched_millis)
    : store_(store),
      host_(host),
      forgetting_(record.forget_before, host.WallMillis(), host.MonotonicNanos()),
      forgotten_(record.forgotten),
      // Until the first Tick only what W covers is announced.
      forget_before_(std::min(forgetting_.forget_before(), record.forgotten)),
      watched_from_millis_(watched_millis),
      opened_nanos_(host.MonotonicNanos()),
      latest_issue_(record.latest_issue) {}

int64_t ServerTime::WallMillis() const {
  return std::max(host_.WallMillis(), forgotten_.load(std::memory_order_acquire) * 1000);
}

base::Status ServerTime::PrepareToIssue(int64_t now_seconds) {
  if (now_seconds <= latest_issue_.load(std::memory_order_acquire)) return {};
  // One caller writes for all that come at the same moment.
  const std::lock_guard lock(issue_mutex_);
  if (now_seconds <= latest_issue_.load(std::memory_order_acquire)) return {};
  int64_t latest = 0;
  SALLYPORT_TRY(Change(store_, [&](Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(TimeRecord record, ReadTimeRecord(tx));
    latest = record.latest_issue = std::max(record.latest_issue, now_seconds + kIssueLeadSeconds);
    return tx.Put(kTimeRecord, ToText(record), {});
  }));
  latest_issue_.store(latest, std::memory_order_release);
  return {};
}

base::Status ServerTime::Tick() {
  const int64_t forget_before = forgetting_.Tick(host_.WallMillis(), host_.MonotonicNanos());
  const int64_t forgotten = std::max(forgotten_.load(std::memory_order_acquire), forget_before);
  // First everybody who asks sees the new time; then it is made durable; only then may anybody act
  // on it.
  RaiseTo(forgotten_, forgotten);
  SALLYPORT_TRY(Change(store_, [&](Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(TimeRecord record, ReadTimeRecord(tx));
    record.forget_before = forget_before;
    // Another server may have written either before it left this work to this one.
    record.forgotten = std::max(record.forgotten, forgotten);
    SALLYPORT_ASSIGN(const auto there, ReadWatched(tx));
    const int64_t now = std::max(there.value_or(0), watched().millis());
    base::Status put = tx.Put(kWatchedRecord, std::to_string(now), {});
    if (put) put = tx.Put(kTimeRecord, ToText(record), {});
    return put;
  }));
  forget_before_.store(forget_before, std::memory_order_release);
  return {};
}

void ServerTime::Watch() {
  (void)forgetting_.Tick(host_.WallMillis(), host_.MonotonicNanos());
}

int64_t ServerTime::SecondsAhead() const {
  return std::max<int64_t>(0, forgotten_.load(std::memory_order_acquire) - host_.WallSeconds());
}

}  // namespace sallyport::store
