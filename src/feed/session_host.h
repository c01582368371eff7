// SessionHost: what the session of one Agent needs from the Hub's state.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/strand.hpp>
#include <cstdint>

#include "base/result.h"
#include "feed/connection.h"
#include "feed/options.h"
#include "feed/status.h"
#include "revocation/frame.h"

namespace sallyport::feed {

class AgentSession;

// All functions are called on the strand.
class SessionHost {
 public:
  using Strand = boost::asio::strand<boost::asio::any_io_executor>;

  virtual const Strand& strand() const = 0;
  virtual const Options& options() const = 0;
  // Decides how the Agent's Replica continues, according to what its Hello proves. An error's
  // message is sent to the Agent.
  virtual base::Result<revocation::Resume> Admit(AgentSession& session,
                                                 const revocation::Hello& hello) = 0;
  // The mark that is sent with a position of this log; zero for an old Agent.
  virtual revocation::PositionMark MarkFor(const Agent& agent,
                                           const revocation::LogPosition& position) const = 0;
  virtual void Acknowledge(const AgentSession& session, uint64_t sequence) = 0;
  // Completes when everything is known that any server of the store had sent to an Agent before
  // this call. False: that cannot be had at present.
  virtual boost::asio::awaitable<bool> AwaitNews() = 0;
  // A request for a lease has come. With other servers it may be answered only when this server has
  // proved to them, after this moment, that it is there: MayAnswer tells, for the number that is
  // given here.
  virtual uint64_t NoteRequest() = 0;
  virtual bool MayAnswer(uint64_t request) const = 0;
  // Grants a lease, which is recorded before the function returns, or refuses it.
  virtual revocation::Frame Renew(const AgentSession& session, uint64_t nonce) = 0;
  // At most one page of the log after `after`, not beyond the head.
  virtual base::Result<revocation::Entries> ReadTail(uint64_t after) = 0;
  // One page of the log after `after`, up to `head`, read outside of the strand. It has no
  // revocations when there are no more.
  virtual boost::asio::awaitable<base::Result<revocation::Entries>> ReadSnapshot(
      uint64_t after, revocation::LogPosition head) = 0;
  virtual revocation::LogPosition head() const = 0;
  // The sequence number of a position that includes every revocation whose call was answered before
  // this is called, by whichever server of the store. head() is not behind it afterwards.
  virtual uint64_t SettledHead() = 0;
  // The answer to a question after which everything up to `sequence` was sent.
  virtual revocation::Frame GivePosition(uint64_t nonce, uint64_t sequence) = 0;
  virtual revocation::LogId log_id() const = 0;
  virtual uint64_t log_size() const = 0;
  // The monotonic clock, in nanoseconds.
  virtual int64_t Now() const = 0;
  virtual Counters& counters() = 0;

 protected:
  ~SessionHost() = default;
};

}  // namespace sallyport::feed
