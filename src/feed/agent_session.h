// AgentSession: one connection of one Agent, on the Hub's strand. It has no queue: what is to be
// sent is read from the log when the Agent has acknowledged what came before. So a slow Agent costs
// no memory, and what has accumulated meanwhile is sent as one frame.
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

  // Speaks the feed until the connection ends.
  boost::asio::awaitable<void> Run();

  // Tells that the log has grown, or that something else is to be sent.
  void Wake() { wake_.cancel(); }
  // Closes the connection, upon which Run completes.
  void End();
  // The Agent's key was withdrawn: nothing more is granted, and the Goodbye says why.
  void Withdraw(std::string reason) { Dismiss(std::move(reason)); }
  // Ends the connection if the Agent has been silent for too long.
  void EndIfSilent(int64_t now_nanos);

  bool ended() const { return ended_; }
  // The Agent's Replica is a prefix of the log, and no snapshot is under way.
  bool in_tail() const { return phase_ == Phase::kTail; }
  const revocation::InstanceId& instance() const { return instance_; }
  const Agent& agent() const { return connection_->agent(); }
  // It has asked for what only a later beat allows to be answered (SessionHost::NoteRequest).
  bool awaits_beat() const { return !renewals_.empty() || !questions_.empty(); }
  // This is somebody who holds no lease and asks for each decision.
  bool asks() const { return version_ == revocation::kAskingVersion; }
  // The Agent already had everything that this log has, and held a lease from the server before
  // this one.
  bool resumed_under_lease() const { return resumed_under_lease_; }
  std::string peer() const { return connection_->peer(); }

 private:
  enum class Phase { kWelcome, kSnapshotBegin, kSnapshotPages, kTail };

  // A question, and how much must have been sent before it is answered.
  struct Question {
    uint64_t nonce = 0;
    uint64_t request = 0;              // SessionHost::NoteRequest
    std::optional<uint64_t> includes;  // nullopt: the host cannot say it yet
  };

  // False: the Agent was dismissed.
  bool Greet(const std::string& message);
  void Note(const revocation::Ask& ask);
  bool Handle(const std::string& message);
  boost::asio::awaitable<void> ReadLoop();
  boost::asio::awaitable<void> WriteLoop();

  // Whether there is nothing to send.
  bool Idle() const;
  // Whether entries of the log are to be sent now.
  bool EntriesDue() const;
  // Whether the host can say now what the answer to the oldest question must include.
  bool CanLookAtQuestion() const;
  // Whether everything was sent that the answer to the oldest question says was sent.
  bool CanAnswer() const;
  // The answer to a Renew or to an Ask, or the Goodbye, if one is due.
  std::optional<revocation::Frame> AnswerDue();
  // The next frame of the present phase; nullopt: the store has failed, and a Goodbye is due.
  std::optional<revocation::Frame> NextLogFrame();
  std::optional<revocation::Frame> TakeSnapshotPage(base::Result<revocation::Entries> page);
  revocation::Frame Farewell() const;
  // Has the Goodbye sent next and the connection ended then. Always gives false.
  bool Dismiss(std::string reason);
  boost::asio::awaitable<void> SleepUntilWoken();

  SessionHost& host_;
  const std::shared_ptr<Connection> connection_;
  boost::asio::steady_timer wake_;

  uint16_t version_;                   // of the feed, as the Hello says it
  revocation::InstanceId instance_{};  // zero if it asks
  revocation::Resume resume_ = revocation::Resume::kSnapshot;
  bool resumed_under_lease_ = false;
  Phase phase_ = Phase::kWelcome;
  revocation::LogPosition snapshot_;  // the position to which the snapshot under way leads
  uint64_t read_ = 0;                 // how far the log was read for this connection
  uint64_t complete_ = 0;  // how much the Agent has been sent completely, and may acknowledge
  uint64_t acknowledged_ = 0;
  struct Renewal {
    uint64_t nonce;
    uint64_t request;  // SessionHost::NoteRequest
  };
  std::deque<Renewal> renewals_;  // to answer
  std::deque<Question> questions_;
  std::optional<std::string> goodbye_;
  int64_t last_heard_nanos_;
  bool ended_ = false;
};

}  // namespace sallyport::feed
