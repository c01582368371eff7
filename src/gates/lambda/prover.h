// Prover: the connection to the feed, and the proof on which one decision rests.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "agent/asker.h"
#include "base/clock.h"
#include "base/result.h"
#include "channel/channel.h"
#include "channel/enrolment.h"
#include "revocation/replica_writer.h"

namespace sallyport::lambda {

// Not thread-safe. It does nothing between the calls, so the process may be frozen there for as
// long as the host likes; the server closes a connection that is silent for 10 s, and the next call
// makes another one.
class Prover {
 public:
  // The Replica is written to `directory`/replica. An error where that is impossible.
  static base::Result<std::unique_ptr<Prover>> Open(const channel::Enrolment& enrolment,
                                                    const std::string& directory,
                                                    const base::Clock& clock);
  ~Prover();
  Prover(const Prover&) = delete;
  Prover& operator=(const Prover&) = delete;

  // Asks the server, for at most `patience`. After success the Replica has every revocation that
  // was answered before this was called, and a gate may decide on one request until EndProof. An
  // error's cause says what the last attempt has failed for.
  base::Status Prove(std::chrono::milliseconds patience);
  void EndProof();

  // Rebuilds the Replica if that is due. For when nobody waits.
  void Tidy();

 private:
  using Deadline = std::chrono::steady_clock::time_point;

  Prover(const channel::Enrolment& enrolment, const base::Clock& clock,
         std::unique_ptr<revocation::ReplicaWriter> writer);

  // Runs one attempt until it ends or the time is over; then the connection is given up.
  base::Status RunAttempt(Deadline until);
  boost::asio::awaitable<base::Status> Attempt();
  boost::asio::awaitable<base::Status> Connect();
  void Disconnect();

  const channel::Enrolment enrolment_;
  const std::unique_ptr<revocation::ReplicaWriter> writer_;
  agent::Asker asker_;
  size_t connects_ = 0;
  // The channel uses the context, and each connection has a new one.
  std::unique_ptr<boost::asio::io_context> io_;
  std::shared_ptr<channel::Channel> channel_;  // null: there is no connection
};

}  // namespace sallyport::lambda
