#include "feed/core.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <utility>

#include "base/log.h"
#include "base/random.h"
#include "feed/persisted.h"
#include "feed/session.h"

namespace sallyport::feed {
namespace {

namespace asio = boost::asio;

constexpr int64_t kNanosPerMilli = 1'000'000;
constexpr uint32_t kLeastTtlMillis = 50;
constexpr uint32_t kGreatestTtlMillis = 60'000;
// Rows read, and bytes sent, in one frame: small enough that a grant never waits long behind one.
constexpr size_t kPageRows = 2000;
constexpr size_t kPageBytes = 256 * 1024;
constexpr auto kSweepPeriod = std::chrono::seconds(1);

// For logs, Agents and people.
std::string WhyNothingIsIssued(store::Store& store) {
  return fmt::format("the store was restored from a backup ({}); run: sallyport recover",
                     store.restored_reason());
}

uint64_t NewEpoch() {
  uint64_t epoch = 0;
  while (epoch == 0) epoch = base::RandomU64();
  return epoch;
}

// The log after `after`, up to `head`, as much as one frame should hold.
base::Result<revocation::Entries> ReadPage(store::Store& store, uint64_t after,
                                           const revocation::LogPosition& head) {
  SALLYPORT_ASSIGN(std::vector<revocation::LogEntry> rows, store.ReadLog(after, kPageRows));
  revocation::Entries page;
  page.position = head;
  size_t bytes = 0;
  for (revocation::LogEntry& row : rows) {
    if (row.position.sequence > head.sequence) return page;
    bytes += revocation::EncodedSize(row.revocation);
    page.revocations.push_back(std::move(row.revocation));
    if (bytes >= kPageBytes || page.revocations.size() == kPageRows) {
      page.position = row.position;
      return page;
    }
  }
  return page;
}

}  // namespace

Core::Core(const asio::any_io_executor& executor, store::Store& store, const base::Clock& clock,
           Options options)
    : executor_(executor),
      strand_(asio::make_strand(executor)),
      store_(store),
      clock_(clock),
      options_(options),
      settle_timer_(strand_),
      sweep_timer_(strand_) {}

base::Status Core::Start() {
  if (options_.ttl_millis < kLeastTtlMillis || options_.ttl_millis > kGreatestTtlMillis) {
    return base::Error{"invalid_option", "the lease must last between 50 ms and 60 s", ""};
  }
  SALLYPORT_ASSIGN(const int64_t greatest, ReadGreatestTtl(store_));
  SALLYPORT_TRY(RaiseGreatestTtl(store_, options_.ttl_millis));
  if (restored()) base::LogError("nothing is issued", {{"reason", WhyNothingIsIssued(store_)}});
  hold_millis_ = greatest == 0 ? 0 : greatest + MarginMillis(greatest);
  const int64_t hold = Now() + hold_millis_ * kNanosPerMilli;
  head_ = store_.Head();
  table_.emplace(options_.ttl_millis, head_.sequence, hold, NewEpoch);
  store_.OnAppend([weak = weak_from_this()](revocation::LogPosition) {
    if (const auto self = weak.lock()) self->OnAppend();
  });
  asio::co_spawn(strand_, Sweep(), asio::detached);
  return {};
}

// On the store's thread.
void Core::OnAppend() {
  if (append_posted_.exchange(true)) return;
  asio::post(strand_, [self = shared_from_this()] {
    // Before the head is read: a commit after that posts anew.
    self->append_posted_ = false;
    self->head_ = self->store_.Head();
    self->table_->Advance(self->head_.sequence, self->Now());
    for (Session* session : self->sessions_) session->Wake();
    self->Settle();
  });
}

void Core::Stop() {
  store_.OnAppend(nullptr);
  asio::post(strand_, [self = shared_from_this()] { self->EndAll(); });
}

void Core::EndAll() {
  stopped_ = true;
  settle_timer_.cancel();
  sweep_timer_.cancel();
  for (Session* session : sessions_) session->End();
  for (const auto& [head, waiter] : waiters_) waiter->timer.cancel();
}

asio::awaitable<void> Core::Serve(std::shared_ptr<Connection> connection) {
  const auto self = shared_from_this();
  if (stopped_) {
    connection->Close();
    co_return;
  }
  ++counters_.connections;
  Session session(*this, std::move(connection));
  sessions_.insert(&session);
  std::exception_ptr thrown;
  try {
    co_await session.Run();
  } catch (...) {
    thrown = std::current_exception();
  }
  Leave(session);
  if (thrown) std::rethrow_exception(thrown);
}

void Core::Leave(Session& session) {
  session.End();
  sessions_.erase(&session);
  const auto found = by_instance_.find(session.instance());
  // Replaced by a newer one: the row is that one's.
  if (found == by_instance_.end() || found->second != &session) return;
  by_instance_.erase(found);
  table_->Disconnect(session.instance(), Now());
  base::LogInfo("an agent has disconnected", {{"agent", session.name()}, {"peer", session.peer()}});
  Settle();
}

base::Result<revocation::Resume> Core::Admit(Session& session, const revocation::Hello& hello) {
  SALLYPORT_ASSIGN(const auto proof, ProofOfRestore(hello));
  if (proof) {
    NoteRestored(hello, *proof);
    return base::Error{"store_restored", WhyNothingIsIssued(store_), ""};
  }
  auto resume = revocation::Resume::kSnapshot;
  uint64_t verified = 0;
  if (hello.log == store_.log_id()) {
    SALLYPORT_ASSIGN(const auto hash, store_.HashAt(hello.position.sequence));
    if (hash == hello.position.hash) {
      resume = revocation::Resume::kTail;
      verified = hello.position.sequence;
    }
  }
  // The newest connection of a process is the one that it uses.
  const auto [place, added] = by_instance_.try_emplace(hello.instance, &session);
  if (!added) std::exchange(place->second, &session)->End();
  table_->Connect(hello.instance, verified, Now());
  return resume;
}

// An Agent has only what the log once had. If the log of the same id does not have it, the log has
// lost it.
base::Result<std::optional<std::string>> Core::ProofOfRestore(
    const revocation::Hello& hello) const {
  using Proof = std::optional<std::string>;
  const uint64_t sequence = hello.position.sequence;
  if (hello.log != store_.log_id() || sequence == 0) return Proof();
  const uint64_t head = store_.Head().sequence;
  if (sequence > head) {
    return Proof(fmt::format("agent {} has entry {} of its log, which now ends at {}", hello.name,
                             sequence, head));
  }
  SALLYPORT_ASSIGN(const auto hash, store_.HashAt(sequence));
  if (!hash || *hash == hello.position.hash) return Proof();
  return Proof(fmt::format("agent {} has another entry {} of its log", hello.name, sequence));
}

void Core::NoteRestored(const revocation::Hello& hello, const std::string& reason) {
  const bool known = restored();
  const auto marked = store_.MarkRestored(reason);
  base::LogError("nothing is issued", {{"reason", WhyNothingIsIssued(store_)},
                                       {"agent", hello.name},
                                       {"agent_sequence", hello.position.sequence},
                                       {"head", store_.Head().sequence}});
  if (!marked && !known) {
    base::LogError("the mark that the store was restored is not kept",
                   {{"cause", marked.error().cause}});
  }
}

void Core::Acknowledge(const Session& session, uint64_t sequence) {
  table_->Acknowledge(session.instance(), sequence);
  Settle();
}

revocation::Frame Core::Renew(const Session& session, uint64_t nonce) {
  std::variant<LeaseTable::Granted, LeaseTable::Refused> answer;
  std::string why;
  if (restored()) {
    why = WhyNothingIsIssued(store_);
    answer = LeaseTable::Refused{why};
  } else if (!session.in_tail()) {
    answer = LeaseTable::Refused{"the snapshot is not complete"};
  } else {
    Settle();
    answer = table_->Renew(session.instance(), Now());
  }
  if (const auto* refused = std::get_if<LeaseTable::Refused>(&answer)) {
    ++counters_.refusals;
    return revocation::NoGrant{nonce, std::string(refused->reason)};
  }
  ++counters_.grants;
  revocation::Grant grant;
  grant.nonce = nonce;
  grant.epoch = std::get<LeaseTable::Granted>(answer).epoch;
  grant.ttl_millis = options_.ttl_millis;
  grant.wall_millis = clock_.WallMillis();
  return grant;
}

base::Result<revocation::Entries> Core::ReadTail(uint64_t after) {
  return ReadPage(store_, after, head_);
}

asio::awaitable<base::Result<revocation::Entries>> Core::ReadSnapshot(
    uint64_t after, revocation::LogPosition head) {
  const auto self = shared_from_this();
  // On the executor, so that acknowledgements go on meanwhile. (What co_spawn gives must have a
  // default.)
  using Page = std::optional<base::Result<revocation::Entries>>;
  const auto read = [](store::Store& store, uint64_t from,
                       revocation::LogPosition to) -> asio::awaitable<Page> {
    co_return ReadPage(store, from, to);
  };
  Page page = co_await asio::co_spawn(executor_, read(store_, after, head), asio::use_awaitable);
  co_return std::move(*page);
}

asio::awaitable<bool> Core::Await(uint64_t head) {
  const auto self = shared_from_this();
  if (stopped_) co_return false;
  Settle();
  if (table_->Answerable(head, Now())) co_return true;
  const auto waiter = std::make_shared<Waiter>(strand_);
  const auto place = waiters_.emplace(head, waiter);
  ArmTimer(Now());
  boost::system::error_code woken;
  co_await waiter->timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  if (!waiter->released) waiters_.erase(place);
  co_return waiter->released;
}

void Core::Settle() {
  const int64_t now = Now();
  table_->Settle(now);
  while (!waiters_.empty() && table_->Answerable(waiters_.begin()->first, now)) {
    Waiter& waiter = *waiters_.begin()->second;
    waiter.released = true;
    waiter.timer.cancel();
    waiters_.erase(waiters_.begin());
  }
  ArmTimer(now);
}

void Core::ArmTimer(int64_t now_nanos) {
  if (waiters_.empty() || stopped_) {
    settle_timer_.cancel();
    return;
  }
  const auto next = table_->NextEvent(now_nanos);
  if (!next) return;
  settle_timer_.expires_after(std::chrono::nanoseconds(*next - now_nanos) +
                              std::chrono::microseconds(100));
  settle_timer_.async_wait([weak = weak_from_this()](boost::system::error_code failed) {
    const auto self = weak.lock();
    if (self && !failed) self->Settle();
  });
}

// Its frame may outlive the Core: after a wait it touches nothing before the lock.
asio::awaitable<void> Core::Sweep() {
  const auto weak = weak_from_this();
  while (!stopped_) {
    sweep_timer_.expires_after(kSweepPeriod);
    boost::system::error_code woken;
    co_await sweep_timer_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    const auto self = weak.lock();
    if (!self || stopped_) co_return;
    const int64_t now = Now();
    for (Session* session : sessions_) session->EndIfSilent(now);
    Settle();
  }
}

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
      agent.name = found->second->name();
      agent.peer = found->second->peer();
    }
    agent.acknowledged = row.acknowledged;
    agent.connected = row.connected;
    agent.lease_millis_left =
        row.expiry_nanos > now ? (row.expiry_nanos - now) / kNanosPerMilli : 0;
    status.agents.push_back(std::move(agent));
  }
  return status;
}

}  // namespace sallyport::feed
