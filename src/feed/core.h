// Core: the state of the Hub. Everything runs on the strand, except Start, Stop, Strand and access
// to atomics.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "feed/connection.h"
#include "feed/lease_table.h"
#include "feed/options.h"
#include "feed/other_servers.h"
#include "feed/session_host.h"
#include "feed/status.h"
#include "revocation/frame.h"
#include "store/store.h"

namespace sallyport::feed {

class Core final : public SessionHost, public std::enable_shared_from_this<Core> {
 public:
  Core(const boost::asio::any_io_executor& executor, store::Store& store, const base::Clock& clock,
       Options options);

  // ---- For the Hub
  base::Status Start();
  void Stop();
  boost::asio::awaitable<void> Serve(std::shared_ptr<Connection> connection);
  boost::asio::awaitable<bool> Await(uint64_t head);
  boost::asio::awaitable<bool> Withdraw(std::string name, std::string key_id);
  Status MakeStatus();
  bool restored() const { return store_.is_restored(); }
  int64_t hold_millis() const { return hold_millis_; }
  // Grants nothing any more. Completes when no Agent holds a lease of this server.
  boost::asio::awaitable<void> Retire();

  // ---- For an AgentSession
  const Strand& strand() const override { return strand_; }
  const Options& options() const override { return options_; }
  base::Result<revocation::Resume> Admit(AgentSession& session,
                                         const revocation::Hello& hello) override;
  revocation::PositionMark MarkFor(const Agent& agent,
                                   const revocation::LogPosition& position) const override;
  void Acknowledge(const AgentSession& session, uint64_t sequence) override;
  boost::asio::awaitable<bool> AwaitNews() override;
  uint64_t NoteRequest() override { return others_.AskForBeat(); }
  bool MayAnswer(uint64_t request) const override;
  revocation::Frame Renew(const AgentSession& session, uint64_t nonce) override;
  base::Result<revocation::Entries> ReadTail(uint64_t after) override;
  boost::asio::awaitable<base::Result<revocation::Entries>> ReadSnapshot(
      uint64_t after, revocation::LogPosition head) override;
  revocation::LogPosition head() const override { return head_; }
  uint64_t SettledHead() override;
  revocation::Frame GivePosition(uint64_t nonce, uint64_t sequence) override;
  revocation::LogId log_id() const override { return store_.log_id(); }
  uint64_t log_size() const override { return store_.LogSize(); }
  int64_t Now() const override {
    return others_.possible() ? clock_.BootNanos() : clock_.MonotonicNanos();
  }
  Counters& counters() override { return counters_; }

 private:
  struct Waiter {
    explicit Waiter(const Strand& strand)
        : timer(strand, boost::asio::steady_timer::time_point::max()) {}
    boost::asio::steady_timer timer;
    bool released = false;
    // Only what a later beat reads of the other servers counts (OtherServers::AskForBeat).
    uint64_t beat = 0;
    int64_t since_nanos = 0;
  };

  void OnAppend();
  void OnBeat();
  // Whether the database has confirmed a short while ago that this server is there.
  bool MayGrant() const;
  // Acts on the last confirmed beat.
  void LearnOfOthers(int64_t now_nanos);
  // Withdraws every session whose agent's key is enrolled no more.
  void DismissWithdrawn();
  // Whether this server and all others have released what the waiter waits for.
  bool Released(uint64_t head, const Waiter& waiter, int64_t now_nanos) const;
  // Takes over how far the log goes now.
  void ReadHead();
  // Nothing about the present can be said before the leases of the previous server have ended.
  bool IsHeld() const { return Now() < hold_until_; }
  // Answers the calls that can be answered, and sets the timer for those that only time can
  // release.
  void Settle();
  void ArmTimer(int64_t now_nanos);
  boost::asio::awaitable<void> Sweep();
  void Leave(AgentSession& session);
  void EndAll();

  const boost::asio::any_io_executor executor_;
  const Strand strand_;
  store::Store& store_;
  const base::Clock& clock_;
  const Options options_;

  int64_t hold_millis_ = 0;         // set by Start
  int64_t hold_until_ = INT64_MIN;  // of Now(); set by Start
  std::atomic<bool> append_posted_{false};
  std::atomic<bool> beat_posted_{false};

  // The members below are used on the strand only.
  OtherServers others_;
  std::optional<LeaseTable> table_;
  revocation::LogPosition head_;
  std::multimap<uint64_t, std::shared_ptr<Waiter>> waiters_;  // by the head for which they wait
  boost::asio::steady_timer settle_timer_;
  boost::asio::steady_timer sweep_timer_;
  std::set<AgentSession*> sessions_;
  std::map<InstanceId, AgentSession*> by_instance_;
  // To whom each row of the table belongs, and each instance that is connected.
  std::map<InstanceId, Agent> owners_;
  Counters counters_;
  bool retiring_ = false;
  bool stopped_ = false;
};

}  // namespace sallyport::feed
