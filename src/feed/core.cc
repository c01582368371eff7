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
#include <set>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "base/secret.h"
#ifdef SALLYPORT_TEST_FAULTS
#include "base/test_fault.h"
#endif
#include "feed/agent_session.h"
#include "feed/persisted.h"
#include "store/lineage.h"

namespace sallyport::feed {
namespace {

namespace asio = boost::asio;

constexpr uint32_t kLeastTtlMillis = 50;
constexpr uint32_t kGreatestTtlMillis = 60'000;
// How many rows are read for one frame, and how many bytes are sent: so few that a grant never
// waits long for a frame.
constexpr size_t kPageRows = 2000;
constexpr size_t kPageBytes = 256 * 1024;
constexpr auto kSweepPeriod = std::chrono::seconds(1);
// Beats are asked for without a pause while a call waits for other servers, but for one that waits
// long already: a server is dead, or cut off.
constexpr int64_t kUrgentMillis = 200;
constexpr auto kPatientPause = std::chrono::milliseconds(20);
constexpr auto kNewsPoll = std::chrono::milliseconds(2);
constexpr auto kNewsTime = std::chrono::seconds(5);
constexpr auto kRetirePoll = std::chrono::milliseconds(20);

// A text for logs, Agents and people.
std::string WhyNothingIsIssued(store::Store& store) {
  return fmt::format("the store was restored from a backup ({}); run: sallyport recover",
                     store.restored_reason());
}
constexpr std::string_view kWithdrawnReason =
    "this agent's key is not enrolled here: it was withdrawn, or it was enrolled after the backup "
    "that has been restored. `sallyport agents add` makes a new one";

uint64_t NewEpoch() {
  uint64_t epoch = 0;
  while (epoch == 0) epoch = base::RandomU64();
  return epoch;
}

revocation::Resume ResumeOf(bool tail) {
  return tail ? revocation::Resume::kTail : revocation::Resume::kSnapshot;
}

// The log after `after`, up to `head`, as much as fits into one frame.
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
      peers_(store.peers()),
      clock_(clock),
      options_(std::move(options)),
      settle_timer_(strand_),
      sweep_timer_(strand_) {}

base::Status Core::Start() {
  if (options_.ttl_millis < kLeastTtlMillis || options_.ttl_millis > kGreatestTtlMillis) {
    return base::Error{"invalid_option", "the lease must last between 50 ms and 60 s", ""};
  }
  SALLYPORT_ASSIGN(hold_millis_, HoldMillis(store_, options_.ttl_millis));
  SALLYPORT_TRY(RaiseGreatestTtl(store_, options_.ttl_millis));
  SALLYPORT_TRY(store_.WitnessTtl(options_.ttl_millis));
  if (restored()) base::LogError("nothing is issued", {{"reason", WhyNothingIsIssued(store_)}});
  hold_until_ = Now() + hold_millis_ * base::kNanosPerMilli;
  if (peers_ != nullptr) peers_->TakeOver();
  head_ = store_.Head();
  // With other servers only its own answers wait: what it holds back for theirs goes by its leases.
  table_.emplace(options_.ttl_millis, head_.sequence, peers_ == nullptr ? hold_until_ : INT64_MIN,
                 NewEpoch);
  store_.OnAppend([weak = weak_from_this()](revocation::LogPosition) {
    if (const auto self = weak.lock()) self->OnAppend();
  });
  if (peers_ != nullptr) {
    seen_ = peers_->Seen();
    peers_->OnBeat([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->OnBeat();
    });
  }
  asio::co_spawn(strand_, Sweep(), asio::detached);
  return {};
}

// Called on the store's thread.
void Core::OnAppend() {
  if (append_posted_.exchange(true)) return;
  asio::post(strand_, [self = shared_from_this()] {
    // Cleared before the head is read, so that a later commit posts again.
    self->append_posted_ = false;
    self->ReadHead();
    self->Settle();
  });
}

// Called on the store's thread.
void Core::OnBeat() {
  if (beat_posted_.exchange(true)) return;
  asio::post(strand_, [self = shared_from_this()] {
    self->beat_posted_ = false;
    if (self->stopped_) return;
    self->Settle();
    for (AgentSession* session : self->sessions_) session->Wake();
  });
}

void Core::LearnOfPeers(int64_t now_nanos) {
  if (peers_ == nullptr) return;
  const store::PeersSeen seen = peers_->Seen();
  if (seen.registration != seen_.registration) table_->EndLeases(seen.holds_from);
  // One that is at work has waited itself, or has seen one that had: older leases have ended.
  if (seen.others_settled && now_nanos < hold_until_) hold_until_ = INT64_MIN;
  const bool withdrawn = seen.withdrawals != seen_.withdrawals;
  seen_ = seen;
  if (withdrawn) DismissWithdrawn();
}

void Core::DismissWithdrawn() {
  for (AgentSession* session : sessions_) {
    if (session->agent().version == revocation::kOldFeedVersion) continue;
    const auto enrolled = options_.enrolled(session->agent());
    // Where it cannot be read, the Agent comes again and is looked at then.
    if (!enrolled.ok() || !*enrolled) session->Withdraw(std::string(kWithdrawnReason));
  }
}

bool Core::Released(uint64_t head, const Waiter& waiter, int64_t now_nanos) const {
  if (!table_->Answerable(head, now_nanos)) return false;
#ifdef SALLYPORT_TEST_FAULTS
  if (base::TestFault("answers-for-itself")) return true;
#endif
  if (peers_ == nullptr) return true;
  return now_nanos >= hold_until_ && seen_.beat >= waiter.beat && seen_.others_hold >= head;
}

bool Core::MayAnswer(uint64_t request) const {
#ifdef SALLYPORT_TEST_FAULTS
  if (base::TestFault("grants-without-beats")) return true;
#endif
  return peers_ == nullptr || request <= seen_.beat;
}

bool Core::MayGrant() const {
#ifdef SALLYPORT_TEST_FAULTS
  if (base::TestFault("grants-without-beats")) return true;
#endif
  return store_.may_grant();
}

asio::awaitable<bool> Core::AwaitNews() {
  if (peers_ == nullptr) co_return true;
  const auto self = shared_from_this();
  const uint64_t beat = peers_->AskForBeat();
  const auto until = std::chrono::steady_clock::now() + kNewsTime;
  asio::steady_timer timer(strand_);
  std::optional<uint64_t> news;
  while (!stopped_ && std::chrono::steady_clock::now() < until) {
    const store::PeersSeen seen = peers_->Seen();
    if (!news && seen.beat >= beat) news = seen.head.sequence;
    if (news && store_.Head().sequence >= *news) co_return true;
    timer.expires_after(kNewsPoll);
    boost::system::error_code woken;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
  co_return false;
}

asio::awaitable<void> Core::Retire() {
  const auto self = shared_from_this();
  retiring_ = peers_ != nullptr;
  asio::steady_timer timer(strand_);
  while (retiring_ && !stopped_ && table_->HasLeases(Now())) {
    timer.expires_after(kRetirePoll);
    boost::system::error_code woken;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
  // It has no leases and never grants one again: the others need not wait for what it applies.
  if (retiring_ && !stopped_) peers_->Hold(store::kNothingHeld, true);
}

void Core::ReadHead() {
  head_ = store_.Head();
  table_->Advance(head_.sequence, Now());
  for (AgentSession* session : sessions_) session->Wake();
}

// A commit is in the store's head before anybody is told that it was made. With other servers it is
// in the head that a beat has returned which was sent after they were told.
uint64_t Core::SettledHead() {
  if (peers_ != nullptr) return peers_->Seen().head.sequence;
  if (store_.Head().sequence != head_.sequence) ReadHead();
  return head_.sequence;
}

void Core::Stop() {
  store_.OnAppend(nullptr);
  if (peers_ != nullptr) peers_->OnBeat(nullptr);
  asio::post(strand_, [self = shared_from_this()] { self->EndAll(); });
}

void Core::EndAll() {
  stopped_ = true;
  settle_timer_.cancel();
  sweep_timer_.cancel();
  for (AgentSession* session : sessions_) session->End();
  for (const auto& [head, waiter] : waiters_) waiter->timer.cancel();
}

asio::awaitable<void> Core::Serve(std::shared_ptr<Connection> connection) {
  const auto self = shared_from_this();
  if (stopped_) {
    connection->Close();
    co_return;
  }
  ++counters_.connections;
  AgentSession session(*this, std::move(connection));
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

void Core::Leave(AgentSession& session) {
  session.End();
  sessions_.erase(&session);
  const auto found = by_instance_.find(session.instance());
  // If a newer connection has replaced this one, the row belongs to that.
  if (found == by_instance_.end() || found->second != &session) return;
  by_instance_.erase(found);
  table_->Disconnect(session.instance(), Now());
  base::LogInfo("an agent has disconnected",
                {{"agent", session.agent().name}, {"peer", session.peer()}});
  Settle();
}

base::Result<revocation::Resume> Core::Admit(AgentSession& session,
                                             const revocation::Hello& hello) {
  const Agent& agent = session.agent();
  SALLYPORT_ASSIGN(const Evidence evidence, Judge(agent, hello));
  if (!evidence.proof.empty()) {
    NoteRestored(agent, hello, evidence.proof);
    return base::Error{"store_restored", WhyNothingIsIssued(store_), ""};
  }
  if (agent.version != revocation::kOldFeedVersion) {
    SALLYPORT_ASSIGN(const bool enrolled, options_.enrolled(agent));
    if (!enrolled) return base::Error{"agent_withdrawn", std::string(kWithdrawnReason), ""};
  }
  // Nobody waits for somebody who holds no lease.
  if (session.asks()) return ResumeOf(evidence.tail);
  // A row belongs to one Agent, so that nobody can acknowledge for another.
  const auto [owner, first] = owners_.try_emplace(hello.instance, agent);
  if (!first && owner->second != agent) {
    return base::Error{"agent_instance", "this instance belongs to another agent", ""};
  }
  // Of several connections of one process, the newest is the one that it uses.
  const auto [there, added] = by_instance_.try_emplace(hello.instance, &session);
  if (!added) std::exchange(there->second, &session)->End();
  table_->Connect(hello.instance, evidence.tail ? hello.position.sequence : 0, Now());
  return ResumeOf(evidence.tail);
}

revocation::PositionMark Core::MarkFor(const Agent& agent,
                                       const revocation::LogPosition& position) const {
  if (agent.version == revocation::kOldFeedVersion) return {};
  return options_.mark(store_.log_id(), position, agent.name);
}

// An Agent has only what a server has sent it, and a mark proves that a server did. Without a mark,
// its claims only show that it needs a snapshot.
base::Result<Core::Evidence> Core::Judge(const Agent& agent, const revocation::Hello& hello) const {
  const bool ours = hello.log == store_.log_id();
  if (agent.version == revocation::kOldFeedVersion) {
    if (!ours) return Evidence{};
    SALLYPORT_ASSIGN(const Evidence evidence, JudgeHere(agent, hello.position));
    return Evidence{.tail = evidence.tail, .proof = {}};
  }
  const auto text = [](const revocation::PositionMark& mark) {
    return std::string_view(reinterpret_cast<const char*>(mark.data()), mark.size());
  };
  const auto right = options_.mark(hello.log, hello.position, agent.name);
  if (!base::ConstantTimeEqual(text(hello.mark), text(right))) return Evidence{};
  if (ours) return JudgeHere(agent, hello.position);
#ifdef SALLYPORT_TEST_FAULTS
  if (base::TestFault("unknown-log-is-new")) return Evidence{};
#endif
  const std::vector<revocation::LogId> past = store_.lineage().past;
  if (std::find(past.begin(), past.end(), hello.log) != past.end()) return Evidence{};
  return Evidence{
      .tail = false,
      .proof = fmt::format("agent {} follows a log that this store has never had", agent.name)};
}

// For a position of the log with this id.
base::Result<Core::Evidence> Core::JudgeHere(const Agent& agent,
                                             const revocation::LogPosition& position) const {
  const uint64_t head = store_.Head().sequence;
  if (position.sequence > head) {
    return Evidence{.tail = false,
                    .proof = fmt::format("agent {} has entry {} of its log, which now ends at {}",
                                         agent.name, position.sequence, head)};
  }
  SALLYPORT_ASSIGN(const auto hash, store_.HashAt(position.sequence));
  if (!hash) return Evidence{};
  if (*hash == position.hash) return Evidence{.tail = true, .proof = {}};
  return Evidence{.tail = false,
                  .proof = fmt::format("agent {} has another entry {} of its log", agent.name,
                                       position.sequence)};
}

void Core::NoteRestored(const Agent& agent, const revocation::Hello& hello,
                        const std::string& reason) {
  const bool known = restored();
  // First stores what `sallyport recover` must know, so that this Agent does not raise the alarm
  // again.
  auto marked =
      hello.log == store_.log_id() ? base::Status() : store::NoteForeignLogId(store_, hello.log);
  if (base::Status stopped = store_.MarkRestored(reason); !stopped) marked = std::move(stopped);
  base::LogError("nothing is issued", {{"reason", WhyNothingIsIssued(store_)},
                                       {"agent", agent.name},
                                       {"agent_sequence", hello.position.sequence},
                                       {"head", store_.Head().sequence}});
  if (!marked && !known) {
    base::LogError("the mark that the store was restored could not be written",
                   {{"cause", marked.error().cause}});
  }
}

void Core::Acknowledge(const AgentSession& session, uint64_t sequence) {
  table_->Acknowledge(session.instance(), sequence);
  Settle();
}

revocation::Frame Core::Renew(const AgentSession& session, uint64_t nonce) {
  std::variant<LeaseTable::Granted, LeaseTable::Refused> answer;
  std::string why;
  if (restored()) {
    why = WhyNothingIsIssued(store_);
    answer = LeaseTable::Refused{why};
  } else if (!MayGrant()) {
    answer = LeaseTable::Refused{"the server has not heard from its database for some seconds"};
  } else if (retiring_) {
    answer = LeaseTable::Refused{"the server is stopping"};
  } else if (!session.in_tail()) {
    answer = LeaseTable::Refused{"the snapshot is not complete"};
  } else if (IsHeld() && !session.resumed_under_lease()) {
    // If this store was restored, an Agent that still holds a lease has what was lost, and says so.
    // Therefore the server waits until its lease must have ended. An Agent without a lease may know
    // no more than the backup, and its gates would allow what was revoked afterwards.
    answer = LeaseTable::Refused{
        "the server has just started: an agent without a lease waits until older leases have "
        "ended"};
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
  // The order matters: the time must never be behind what may be forgotten.
  if (options_.forget_before) grant.forget_before = options_.forget_before();
  grant.wall_millis = clock_.WallMillis();
  return grant;
}

// Without a lease, and so without an epoch: what is said here is good for one decision, whose
// request was received before the question was sent.
revocation::Frame Core::GivePosition(uint64_t nonce, uint64_t sequence) {
  if (restored()) {
    ++counters_.refusals;
    return revocation::NoPosition{nonce, WhyNothingIsIssued(store_)};
  }
  if (!MayGrant()) {
    ++counters_.refusals;
    return revocation::NoPosition{nonce,
                                  "the server has not heard from its database for some seconds"};
  }
  // As for leases: an Agent that still holds one may know that this store was restored.
  if (IsHeld()) {
    ++counters_.refusals;
    return revocation::NoPosition{
        nonce, "the server has just started: it gives no position until older leases have ended"};
  }
  ++counters_.positions;
  revocation::AskedPosition position;
  position.nonce = nonce;
  position.sequence = sequence;
  // The order matters, as for grants.
  if (options_.forget_before) position.forget_before = options_.forget_before();
  position.wall_millis = clock_.WallMillis();
  return position;
}

base::Result<revocation::Entries> Core::ReadTail(uint64_t after) {
  return ReadPage(store_, after, head_);
}

asio::awaitable<base::Result<revocation::Entries>> Core::ReadSnapshot(
    uint64_t after, revocation::LogPosition head) {
  const auto self = shared_from_this();
  // Runs on the executor, so that acknowledgements are processed meanwhile. (The result type of
  // co_spawn must have a default constructor.)
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
  const auto waiter = std::make_shared<Waiter>(strand_);
  if (peers_ != nullptr) waiter->beat = peers_->AskForBeat();
  waiter->since_nanos = Now();
  Settle();
  if (Released(head, *waiter, Now())) co_return true;
  const auto place = waiters_.emplace(head, waiter);
  ArmTimer(Now());
  boost::system::error_code woken;
  co_await waiter->timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  if (!waiter->released) waiters_.erase(place);
  co_return waiter->released;
}

asio::awaitable<bool> Core::Withdraw(std::string name, std::string key_id) {
  const auto self = shared_from_this();
  // All keys that the name ever had, since a key that was withdrawn earlier may still have a lease;
  // but not the one that is enrolled now, if the name was enrolled again meanwhile.
  std::set<std::string> keys{std::move(key_id)};
  const auto add = [&](const Agent& owner) {
    if (owner.name != name || keys.contains(owner.key_id)) return;
    const auto enrolled = options_.enrolled(owner);
    if (!enrolled.ok() || !*enrolled) keys.insert(owner.key_id);
  };
  for (const auto& [instance, owner] : owners_) add(owner);
  for (AgentSession* session : sessions_) add(session->agent());
  const auto its = [&name, &keys](const Agent& owner) {
    return owner.name == name && owner.version != revocation::kOldFeedVersion &&
           keys.contains(owner.key_id);
  };
  // From here on none of its connections is granted anything, and no new one is admitted, because
  // the key is withdrawn in the store.
  for (AgentSession* session : sessions_) {
    if (its(session->agent())) session->Withdraw(std::string(kWithdrawnReason));
  }
  asio::steady_timer timer(strand_);
  // Another server grants nothing any more by a beat that it sends from here on. Its leases that
  // rest on earlier ones were asked for before now.
  int64_t elsewhere = INT64_MIN;
  if (peers_ != nullptr) {
    const auto longest = HoldMillis(store_, options_.ttl_millis);
    if (!longest) co_return false;
    elsewhere = Now() + *longest * base::kNanosPerMilli;
  }
  for (;;) {
    if (stopped_) co_return false;
    // Leases of the previous server are not in the table.
    int64_t over = std::max(hold_until_, elsewhere);
    for (const auto& [instance, row] : table_->rows()) {
      const auto owner = owners_.find(instance);
      if (owner != owners_.end() && its(owner->second)) over = std::max(over, row.expiry_nanos);
    }
    const int64_t now = Now();
    if (now >= over) break;
    timer.expires_after(std::chrono::nanoseconds(over - now));
    boost::system::error_code woken;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
  for (AgentSession* session : sessions_) {
    if (its(session->agent())) session->End();
  }
  co_return true;
}

void Core::Settle() {
  const int64_t now = Now();
  LearnOfPeers(now);
  table_->Settle(now);
  if (peers_ != nullptr) peers_->Hold(table_->released(), now >= hold_until_);
  std::erase_if(owners_, [this](const auto& owner) {
    return !table_->rows().contains(owner.first) && !by_instance_.contains(owner.first);
  });
  while (!waiters_.empty() && Released(waiters_.begin()->first, *waiters_.begin()->second, now)) {
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
  auto pause = next ? std::chrono::nanoseconds(*next - now_nanos) + std::chrono::microseconds(100)
                    : std::chrono::nanoseconds::max();
  const auto& [head, first] = *waiters_.begin();
  // Where it waits for the others, another beat tells how far they are.
  const bool for_others = peers_ != nullptr && table_->Answerable(head, now_nanos);
  if (for_others) {
    if (now_nanos - first->since_nanos < kUrgentMillis * base::kNanosPerMilli) peers_->AskForBeat();
    pause = std::min<std::chrono::nanoseconds>(pause, kPatientPause);
  }
  if (peers_ != nullptr && now_nanos < hold_until_) {
    pause = std::min(pause, std::chrono::nanoseconds(hold_until_ - now_nanos));
  }
  if (pause == std::chrono::nanoseconds::max()) return;
  settle_timer_.expires_after(pause);
  settle_timer_.async_wait([weak = weak_from_this(), for_others](boost::system::error_code failed) {
    const auto self = weak.lock();
    if (!self || failed) return;
    if (for_others) self->peers_->AskForBeat();
    self->Settle();
  });
}

// Its frame may outlive the Core, so after a wait it accesses nothing before it has locked the
// pointer.
asio::awaitable<void> Core::Sweep() {
  const auto weak = weak_from_this();
  while (!stopped_) {
    sweep_timer_.expires_after(kSweepPeriod);
    boost::system::error_code woken;
    co_await sweep_timer_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
    const auto self = weak.lock();
    if (!self || stopped_) co_return;
    const int64_t now = Now();
    for (AgentSession* session : sessions_) session->EndIfSilent(now);
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
