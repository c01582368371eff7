// AgentSession: one connection of one Agent, on the Hub's strand. It holds no queue: what is to be
// sent is read from the log when the socket is ready for it, so a slow Agent costs no memory, and
// whatever gathers meanwhile goes as one frame.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "feed/connection.h"
#include "feed/session_host.h"

namespace sallyport::feed {

class AgentSession {
 public:
  AgentSession(SessionHost& host, std::shared_ptr<Connection> connection);

  // Speaks until the connection ends.
  boost::asio::awaitable<void> Run();

  // The log has grown, or something else is to be sent.
  void Wake() { wake_.cancel(); }
  // Closes the connection; Run completes.
  void End();
  // The Agent's key is withdrawn: nothing is granted any more, the Goodbye says why.
  void Withdraw(std::string reason) { Dismiss(std::move(reason)); }
  // Ends it where the Agent has been silent for too long.
  void EndIfSilent(int64_t now_nanos);

  bool ended() const { return ended_; }
  // The Agent's Replica is a prefix of the log, not a snapshot in the making.
  bool in_tail() const { return phase_ == Phase::kTail; }
  const revocation::InstanceId& instance() const { return instance_; }
  const Agent& agent() const { return connection_->agent(); }
  // The Agent came with what this log has, and under a lease of the server before.
  bool resumed_under_lease() const { return resumed_under_lease_; }
  std::string peer() const { return connection_->peer(); }

 private:
  enum class Phase { kWelcome, kSnapshotBegin, kSnapshotPages, kTail };

  // False: dismissed.
  bool Greet(const std::string& message);
  bool Handle(const std::string& message);
  boost::asio::awaitable<void> ReadLoop();
  boost::asio::awaitable<void> WriteLoop();

  // Nothing is to be sent.
  bool Idle() const;
  // The answer to a renewal, or the Goodbye, where one is due.
  std::optional<revocation::Frame> AnswerDue();
  // The next of what the phase calls for; nullopt: the store failed, a Goodbye is due.
  std::optional<revocation::Frame> NextLogFrame();
  std::optional<revocation::Frame> TakeSnapshotPage(base::Result<revocation::Entries> page);
  revocation::Frame Farewell() const;
  // The Goodbye goes out next, then the connection ends. False, always.
  bool Dismiss(std::string reason);
  boost::asio::awaitable<void> SleepUntilWoken();

  SessionHost& host_;
  const std::shared_ptr<Connection> connection_;
  boost::asio::steady_timer wake_;

  revocation::InstanceId instance_{};
  revocation::Resume resume_ = revocation::Resume::kSnapshot;
  bool resumed_under_lease_ = false;
  Phase phase_ = Phase::kWelcome;
  revocation::LogPosition snapshot_;  // what the snapshot under way leads to
  uint64_t read_ = 0;                 // up to where the log was read for this connection
  uint64_t complete_ = 0;             // up to where the Agent has everything, and may acknowledge
  std::deque<uint64_t> renewals_;     // nonces to answer
  std::optional<std::string> goodbye_;
  int64_t last_heard_nanos_;
  bool ended_ = false;
};

}  // namespace sallyport::feed
