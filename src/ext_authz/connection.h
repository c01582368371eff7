// Connection: one connection of a proxy. It reads requests one after the other, asks their rule's
// mode, and answers.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "ext_authz/answer.h"
#include "ext_authz/counters.h"
#include "ext_authz/mode.h"
#include "http1/head.h"

namespace sallyport::ext_authz {

using Socket = boost::asio::generic::stream_protocol::socket;

// A rule as one thread has it.
struct ThreadRule {
  std::string name;
  Mode* mode;  // stays for kAskSeconds after the rule was replaced
  std::vector<ClaimHeader> headers;
  sallyport_style style;
  int scope_status;
  RuleCounters* counters;  // of this thread; outlives the rule
};

// What the connections of one thread have in common.
class Connections {
 public:
  virtual ~Connections() = default;
  // nullptr: there is no rule of that name.
  virtual std::shared_ptr<const ThreadRule> FindRule(std::string_view name) = 0;
  // Tells of a denial.
  virtual void Denied(const ThreadRule& rule, sallyport_reason reason) = 0;
  // Seconds since the thread began.
  virtual int64_t ticks() const = 0;
  virtual ConnectionCounters& counters() = 0;
  // Each connection adds itself, and removes itself at its end. The one that has been waiting for
  // the longest time comes first.
  virtual std::list<class Connection*>& all() = 0;
  virtual const base::Clock& clock() const = 0;
};

// Used by one thread.
class Connection final : public Asker, public std::enable_shared_from_this<Connection> {
 public:
  // The longest head that is read. A token has at most 16 KiB.
  static constexpr size_t kGreatestHead = 32 * 1024;
  // After so many seconds without a request it is closed. Longer than any proxy in docs/guide keeps
  // an idle connection, so that the proxy closes it, and not the gate while a request is under way.
  static constexpr int64_t kIdleSeconds = 180;
  // A head that has begun must be complete, and an answer taken, within so many seconds.
  static constexpr int64_t kStepSeconds = 5;
  // A mode must have decided within so many seconds.
  static constexpr int64_t kAskSeconds = 60;

  // `connections` must outlive the thread's last operation on the socket.
  Connection(Socket socket, Connections& connections);
  ~Connection() override;

  void Start() { Proceed(); }
  // Closes it, whatever is under way.
  void Close();

  // Whether it waits for something within the limits above no longer.
  bool IsLate() const;
  // Whether it may be closed for the sake of another one; not while a decision is under way.
  bool MayBeEvicted() const;

  void Decided(uint64_t number, authorizer::Decision decision) override;

 private:
  enum class State { kIdle, kReading, kAsking, kWriting, kDraining, kClosed };

  // Serves the requests that have arrived, and waits for the next one.
  void Proceed();
  // Deals with the request at the beginning of the buffer. True: it was answered completely, and
  // another one may follow.
  bool ServeOne();
  bool Serve(std::string_view head_bytes);
  bool Ask(std::string_view token);
  // Whether that question was neither answered nor given up.
  bool IsOpen(uint64_t number) const { return state_ == State::kAsking && number == asked_; }
  bool Refuse(const http1::Refusal& refusal);
  bool Answer(const authorizer::Decision& decision);
  // Sends the answer to the request that has `request_bytes_` bytes. True: see ServeOne.
  bool Send(std::string answer);
  void SendRest(size_t sent);
  // After an answer: true if another request may follow.
  bool Sent();
  void ReadMore();
  // Reads and discards what still arrives, so that the proxy sees the answer before a reset.
  void Drain();
  void Enter(State state);

  Socket socket_;
  Connections& connections_;
  const std::list<Connection*>::iterator at_;  // in connections_.all()
  boost::beast::flat_buffer buffer_;
  http1::HeadScanner scanner_;
  State state_ = State::kIdle;
  int64_t since_;             // the tick at which it began to wait
  size_t request_bytes_ = 0;  // of the request that is being served
  size_t drained_ = 0;
  uint64_t asked_ = 0;  // the number of the newest question
  Framing framing_;
  std::shared_ptr<const ThreadRule> rule_;  // that decides at the moment
  std::string answer_;
};

}  // namespace sallyport::ext_authz
