#include "feed/core.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#ifdef SALLYPORT_TEST_FAULTS
#include "base/test_fault.h"
#endif
#include "feed/agent_session.h"
#include "feed/evidence.h"
#include "feed/log_page.h"
#include "feed/persisted.h"
#include "feed/restored_store.h"
#include "feed/withdrawn_keys.h"

namespace sallyport::feed {
namespace {

namespace asio = boost::asio;

constexpr uint32_t kLeastTtlMillis = 50;
constexpr uint32_t kGreatestTtlMillis = 60'000;
constexpr auto kSweepPeriod = std::chrono::seconds(1);
// While a call waits for other servers, beats are asked for without a pause. If the call has waited
// for longer than this, a server is dead or cut off, and the usual beats suffice.
constexpr int64_t kUrgentMillis = 200;
constexpr auto kPatientPause = std::chrono::milliseconds(20);
constexpr auto kRetirePoll = std::chrono::milliseconds(20);

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

}  // namespace

Core::Core(const asio::any_io_executor& executor, store::Store& store, const base::Clock& clock,
           Options options)
    : executor_(executor),
      strand_(asio::make_strand(executor)),
      store_(store),
      clock_(clock),
      options_(std::move(options)),
      others_(store),
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
  others_.TakeOver();
  head_ = store_.Head();
  // If there can be other servers, only this server's own answers wait for the end of the hold.
  // What it holds back for the answers of others depends on its leases alone.
  table_.emplace(options_.ttl_millis, head_.sequence, others_.possible() ? INT64_MIN : hold_until_,
                 NewEpoch);
  store_.OnAppend([weak = weak_from_this()](revocation::LogPosition) {
    if (const auto self = weak.lock()) self->OnAppend();
  });
  others_.OnBeat([weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->OnBeat();
  });
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
    for (AgentSession* session : self->sessions_) {
      if (session->awaits_beat()) session->Wake();
    }
  });
}

void Core::LearnOfOthers(int64_t now_nanos) {
  const OtherServers::News news = others_.Learn();
  if (news.registered_anew) table_->EndLeases(*news.registered_anew);
  // One that is at work has waited itself, or has seen one that had: older leases have ended.
  if (news.others_settled && now_nanos < hold_until_) hold_until_ = INT64_MIN;
  if (news.withdrawn) DismissWithdrawn();
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
  if (!others_.possible()) return true;
  return now_nanos >= hold_until_ && others_.Confirmed(waiter.beat) && others_.Released(head);
}

bool Core::MayAnswer(uint64_t request) const {
#ifdef SALLYPORT_TEST_FAULTS
  if (base::TestFault("grants-without-beats")) return true;
#endif
  return others_.Confirmed(request);
}

bool Core::MayGrant() const {
#ifdef SALLYPORT_TEST_FAULTS
  if (base::TestFault("grants-without-beats")) return true;
#endif
  return store_.may_grant();
}

asio::awaitable<bool> Core::AwaitNews() {
  const auto self = shared_from_this();
  const bool known = co_await others_.AwaitNews(strand_);
  co_return known;
}

asio::awaitable<void> Core::Retire() {
  const auto self = shared_from_this();
  retiring_ = others_.possible();
  asio::steady_timer timer(strand_);
  while (retiring_ && !stopped_ && table_->HasLeases(Now())) {
    timer.expires_after(kRetirePoll);
    boost::system::error_code woken;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
  // It has no leases and never grants one again: the others need not wait for what it applies.
  if (retiring_ && !stopped_) others_.Hold(store::kNothingHeld, true);
}

void Core::ReadHead() {
  head_ = store_.Head();
  table_->Advance(head_.sequence, Now());
  for (AgentSession* session : sessions_) session->Wake();
}

// A commit is in the store's head before anybody is told that it was made. With other servers it is
// in the head that a beat has returned which was sent after they were told.
uint64_t Core::SettledHead() {
  if (const auto confirmed = others_.ConfirmedHead()) return *confirmed;
  if (store_.Head().sequence != head_.sequence) ReadHead();
  return head_.sequence;
}

void Core::Stop() {
  store_.OnAppend(nullptr);
  others_.OnBeat(nullptr);
  asio::post(strand_, [self = shared_from_this()] { self->EndAll(); });
}

void Core::EndAll() {
  stopped_ = true;
  others_.Stop();
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
  SALLYPORT_ASSIGN(const Evidence evidence, JudgeHello(store_, options_, agent, hello));
  if (!evidence.proof.empty()) {
    NoteRestored(store_, agent, hello, evidence.proof);
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

void Core::Acknowledge(const AgentSession& session, uint64_t sequence) {
  if (table_->Acknowledge(session.instance(), sequence)) Settle();
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
  return ReadLogPage(store_, after, head_);
}

asio::awaitable<base::Result<revocation::Entries>> Core::ReadSnapshot(
    uint64_t after, revocation::LogPosition head) {
  const auto self = shared_from_this();
  // Runs on the executor, so that acknowledgements are processed meanwhile. (The result type of
  // co_spawn must have a default constructor.)
  using Page = std::optional<base::Result<revocation::Entries>>;
  const auto read = [](store::Store& store, uint64_t from,
                       revocation::LogPosition to) -> asio::awaitable<Page> {
    co_return ReadLogPage(store, from, to);
  };
  Page page = co_await asio::co_spawn(executor_, read(store_, after, head), asio::use_awaitable);
  co_return std::move(*page);
}

asio::awaitable<bool> Core::Await(uint64_t head) {
  const auto self = shared_from_this();
  if (stopped_) co_return false;
  const auto waiter = std::make_shared<Waiter>(strand_);
  waiter->beat = others_.AskForBeat();
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
  WithdrawnKeys keys(std::move(name), std::move(key_id));
  for (const auto& [instance, owner] : owners_) keys.Add(owner, options_);
  for (AgentSession* session : sessions_) keys.Add(session->agent(), options_);
  // From here on none of its connections is granted anything, and no new one is admitted, because
  // the key is withdrawn in the store.
  for (AgentSession* session : sessions_) {
    if (keys.Has(session->agent())) session->Withdraw(std::string(kWithdrawnReason));
  }
  asio::steady_timer timer(strand_);
  // A beat that another server sends from here on shows it the withdrawal, so it grants nothing
  // more to this agent by that beat. The leases that it grants by earlier beats were asked for
  // before now.
  int64_t elsewhere = INT64_MIN;
  if (others_.possible()) {
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
      if (owner != owners_.end() && keys.Has(owner->second))
        over = std::max(over, row.expiry_nanos);
    }
    const int64_t now = Now();
    if (now >= over) break;
    timer.expires_after(std::chrono::nanoseconds(over - now));
    boost::system::error_code woken;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
  }
  for (AgentSession* session : sessions_) {
    if (keys.Has(session->agent())) session->End();
  }
  co_return true;
}

void Core::Settle() {
  const int64_t now = Now();
  LearnOfOthers(now);
  table_->Settle(now);
  others_.Hold(table_->released(), now >= hold_until_);
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
  const bool for_others = others_.possible() && table_->Answerable(head, now_nanos);
  if (for_others) {
    if (now_nanos - first->since_nanos < kUrgentMillis * base::kNanosPerMilli) others_.AskForBeat();
    pause = std::min<std::chrono::nanoseconds>(pause, kPatientPause);
  }
  if (others_.possible() && now_nanos < hold_until_) {
    pause = std::min(pause, std::chrono::nanoseconds(hold_until_ - now_nanos));
  }
  if (pause == std::chrono::nanoseconds::max()) return;
  settle_timer_.expires_after(pause);
  settle_timer_.async_wait([weak = weak_from_this(), for_others](boost::system::error_code failed) {
    const auto self = weak.lock();
    if (!self || failed) return;
    if (for_others) self->others_.AskForBeat();
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
    std::erase_if(owners_, [this](const auto& owner) {
      return !table_->rows().contains(owner.first) && !by_instance_.contains(owner.first);
    });
  }
}

}  // namespace sallyport::feed
