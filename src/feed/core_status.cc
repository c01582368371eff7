// What the Core tells of itself: to operators' commands, and for metrics.
#include <utility>

#include "base/clock.h"
#include "feed/agent_session.h"
#include "feed/core.h"
#include "feed/restored_store.h"

namespace sallyport::feed {

Status Core::MakeStatus() {
  const int64_t now = Now();
  Status status;
  status.head = table_->head();
  status.released = table_->released();
  status.waiting = waiters_.size();
  status.counters = counters_;
  if (restored()) status.restored_store = WhyNothingIsIssued(store_);
  for (const auto& [instance, row] : table_->rows()) {
    AgentStatus agent;
    if (const auto found = by_instance_.find(instance); found != by_instance_.end()) {
      agent.peer = found->second->peer();
    }
    if (const auto owner = owners_.find(instance); owner != owners_.end()) {
      agent.name = owner->second.name;
      agent.key_id = owner->second.key_id;
    }
    agent.acknowledged = row.acknowledged;
    agent.connected = row.connected;
    agent.lease_millis_left =
        row.expiry_nanos > now ? (row.expiry_nanos - now) / base::kNanosPerMilli : 0;
    status.agents.push_back(std::move(agent));
  }
  for (const AgentSession* session : sessions_) {
    if (!session->asks()) continue;
    AgentStatus asking;
    asking.name = session->agent().name;
    asking.key_id = session->agent().key_id;
    asking.peer = session->peer();
    asking.connected = true;
    asking.asks = true;
    status.agents.push_back(std::move(asking));
  }
  return status;
}

}  // namespace sallyport::feed
