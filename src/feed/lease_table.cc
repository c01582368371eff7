#include "feed/lease_table.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"

namespace sallyport::feed {
namespace {

// After waiting in vain for an Agent that asks for a lease, nobody waits for it again for this many
// TTLs. So an Agent that asks and never acknowledges delays only few calls.
constexpr int64_t kJoinsAgainTtls = 4;

}  // namespace

LeaseTable::LeaseTable(uint32_t ttl_millis, uint64_t head, int64_t hold_until_nanos,
                       std::function<uint64_t()> new_epoch)
    : ttl_nanos_(int64_t{ttl_millis} * base::kNanosPerMilli),
      lease_nanos_((int64_t{ttl_millis} + MarginMillis(ttl_millis)) * base::kNanosPerMilli),
      hold_until_(hold_until_nanos),
      new_epoch_(std::move(new_epoch)),
      head_(head),
      released_(head),
      aged_(head) {}

void LeaseTable::Advance(uint64_t head, int64_t now_nanos) {
  if (head <= head_) return;
  head_ = head;
  NoteChange();
  marks_.push_back({head, now_nanos});
  Age(now_nanos);
}

void LeaseTable::Age(int64_t now_nanos) {
  while (!marks_.empty() && now_nanos - marks_.front().at_nanos >= ttl_nanos_ / 2) {
    aged_ = marks_.front().head;
    marks_.pop_front();
  }
}

void LeaseTable::EndLeases(uint64_t holds_from) {
  released_ = std::max(released_, holds_from);
  NoteChange();
  std::erase_if(rows_, [](const auto& entry) { return !entry.second.connected; });
  for (auto& [agent, row] : rows_) {
    row.expiry_nanos = INT64_MIN;
    row.acknowledged = row.acknowledged_here;
  }
}

bool LeaseTable::HasLeases(int64_t now_nanos) const {
  return std::any_of(rows_.begin(), rows_.end(),
                     [&](const auto& entry) { return Live(entry.second, now_nanos); });
}

void LeaseTable::Connect(const InstanceId& agent, uint64_t verified, int64_t now_nanos) {
  Row& row = rows_[agent];
  NoteChange();
  row.connected = true;
  if (Live(row, now_nanos)) {
    // The lease may be in another file than the present one. What that file has is known only from
    // acknowledgements.
    row.acknowledged_here = std::min(verified, row.acknowledged);
  } else {
    row.acknowledged = verified;
    row.acknowledged_here = verified;
  }
}

void LeaseTable::Disconnect(const InstanceId& agent, int64_t now_nanos) {
  const auto found = rows_.find(agent);
  if (found == rows_.end()) return;
  NoteChange();
  found->second.connected = false;
  if (!Live(found->second, now_nanos)) rows_.erase(found);
}

bool LeaseTable::Acknowledge(const InstanceId& agent, uint64_t sequence) {
  const auto found = rows_.find(agent);
  if (found == rows_.end()) return changed_;
  Row& row = found->second;
  row.acknowledged = std::max(row.acknowledged, sequence);
  row.acknowledged_here = std::max(row.acknowledged_here, sequence);
  if (std::exchange(row.holds_back, false) && --holding_back_ == 0) changed_ = true;
  return changed_;
}

std::variant<LeaseTable::Granted, LeaseTable::Refused> LeaseTable::Renew(const InstanceId& agent,
                                                                         int64_t now_nanos) {
  Settle(now_nanos);
  const auto found = rows_.find(agent);
  if (found == rows_.end() || !found->second.connected) return Refused{"not connected"};
  Row& row = found->second;
  // I2.
  if (row.acknowledged_here < released_) {
    Join(row, now_nanos);
    return Refused{"behind the released position"};
  }
  if (row.acknowledged_here < aged_) return Refused{"acknowledgements are overdue"};
  // If a lease goes on as before, only its end becomes later.
  const bool goes_on =
      Live(row, now_nanos) && !Joining(row, now_nanos) && row.acknowledged == row.acknowledged_here;
  if (!goes_on) NoteChange();
  // I3.
  if (!Live(row, now_nanos)) row.epoch = new_epoch_();
  // From here on the lease may rely on this connection's Replica only.
  row.acknowledged = row.acknowledged_here;
  row.expiry_nanos = now_nanos + lease_nanos_;
  row.joins_until = row.joins_again = INT64_MIN;
  return Granted{row.epoch};
}

// I4. Without it, revocations that come faster than the Agent's round trip would keep it behind for
// ever, because nobody waits for an Agent without a lease.
void LeaseTable::Join(Row& row, int64_t now_nanos) {
  if (now_nanos < row.joins_again) return;
  NoteChange();
  row.joins_at = head_;
  row.joins_until = now_nanos + ttl_nanos_ / 2;
  row.joins_again = row.joins_until + kJoinsAgainTtls * ttl_nanos_;
}

uint64_t LeaseTable::Allows(const Row& row, int64_t now_nanos) const {
  uint64_t allows = head_;
  if (Live(row, now_nanos)) allows = std::min(allows, row.acknowledged);
  if (Joining(row, now_nanos)) allows = std::min(allows, Passes(row));
  return allows;
}

void LeaseTable::Settle(int64_t now_nanos) {
  Age(now_nanos);
  if (!changed_ && now_nanos < unchanged_until_) return;
  std::erase_if(rows_, [&](const auto& entry) {
    return !entry.second.connected && !Live(entry.second, now_nanos);
  });
  if (now_nanos < hold_until_) return;
  // I1.
  uint64_t reached = head_;
  unchanged_until_ = INT64_MAX;
  for (const auto& [agent, row] : rows_) {
    reached = std::min(reached, Allows(row, now_nanos));
    if (Live(row, now_nanos)) unchanged_until_ = std::min(unchanged_until_, row.expiry_nanos);
    if (Joining(row, now_nanos)) unchanged_until_ = std::min(unchanged_until_, row.joins_until);
  }
  released_ = std::max(released_, reached);
  changed_ = false;
  next_event_.reset();
  holding_back_ = 0;
  for (auto& [agent, row] : rows_) {
    row.holds_back = reached < head_ && Allows(row, now_nanos) == reached;
    holding_back_ += row.holds_back ? 1 : 0;
  }
}

std::optional<int64_t> LeaseTable::NextEvent(int64_t now_nanos) const {
  if (now_nanos < hold_until_) return hold_until_;
  if (next_event_ && (!*next_event_ || **next_event_ > now_nanos)) return *next_event_;
  std::optional<int64_t> next;
  const auto earlier = [&next](int64_t at) { next = std::min(next.value_or(at), at); };
  for (const auto& [agent, row] : rows_) {
    if (Live(row, now_nanos) && row.acknowledged < head_) earlier(row.expiry_nanos);
    if (Joining(row, now_nanos) && Passes(row) < head_) earlier(row.joins_until);
  }
  next_event_ = next;
  return next;
}

}  // namespace sallyport::feed
