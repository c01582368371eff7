#include "ext_authz/connection.h"

#include <boost/asio/write.hpp>
#include <exception>
#include <optional>
#include <utility>

#include "http1/answer.h"
#include "http1/head.h"

namespace sallyport::ext_authz {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr size_t kReadAtOnce = 4 * 1024;
constexpr size_t kMostDrained = 256 * 1024;

// The decision does not depend on a body, and a proxy that sends one would have the gate wait for
// its client.
constexpr http1::Refusal kHasBody{
    413, "a request for a decision must have no body: configure the proxy to send only the header"};

std::string_view ViewOf(const boost::beast::flat_buffer& buffer) {
  return {static_cast<const char*>(buffer.data().data()), buffer.size()};
}

}  // namespace

Connection::Connection(Socket socket, Connections& connections)
    : socket_(std::move(socket)),
      connections_(connections),
      at_(connections.all().insert(connections.all().end(), this)),
      buffer_(kGreatestHead + kReadAtOnce),
      since_(connections.ticks()) {
  connections_.counters().open.Add();
}

Connection::~Connection() {
  connections_.all().erase(at_);
  connections_.counters().open.Subtract(1);
}

void Connection::Enter(State state) {
  state_ = state;
  since_ = connections_.ticks();
  std::list<Connection*>& all = connections_.all();
  all.splice(all.end(), all, at_);
}

void Connection::Close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  error_code ignored;
  socket_.close(ignored);
}

bool Connection::IsLate() const {
  const int64_t waited = connections_.ticks() - since_;
  switch (state_) {
    case State::kIdle:
      return waited > kIdleSeconds;
    case State::kReading:
    case State::kWriting:
    case State::kDraining:
      return waited > kStepSeconds;
    case State::kAsking:
      return waited > kAskSeconds;
    case State::kClosed:
      return false;
  }
  return false;
}

bool Connection::MayBeEvicted() const {
  return state_ == State::kIdle || state_ == State::kReading || state_ == State::kDraining;
}

void Connection::Proceed() {
  while (state_ != State::kClosed && ServeOne()) {
  }
}

bool Connection::ServeOne() {
  request_bytes_ = scanner_.Look(ViewOf(buffer_));
  if (scanner_.refusal()) return Refuse(*scanner_.refusal());
  const bool too_long =
      request_bytes_ == 0 ? buffer_.size() >= kGreatestHead : request_bytes_ > kGreatestHead;
  if (too_long) return Refuse(http1::kHeadTooLong);
  if (request_bytes_ == 0) {
    ReadMore();
    return false;
  }
  scanner_ = http1::HeadScanner();
  return Serve(ViewOf(buffer_).substr(0, request_bytes_));
}

bool Connection::Serve(std::string_view head_bytes) {
  http1::Head head;
  if (const http1::Refusal* const refusal = http1::ParseHead(head_bytes, &head)) {
    return Refuse(*refusal);
  }
  framing_ = {head.keep_alive, head.method == "HEAD"};
  if (head.chunked || head.content_length.value_or(0) > 0) return Refuse(kHasBody);
  rule_ = connections_.FindRule(RuleIn(head.target));
  if (!rule_) {
    connections_.counters().unknown_rules.Add();
    return Send(FormatUnknownRule(framing_, connections_.clock()));
  }
  const std::string_view header = head.Get("authorization");
  const sallyport_string token = sallyport_bearer(header.data(), header.size());
  return Ask({token.data, token.size});
}

bool Connection::Ask(std::string_view token) {
  Enter(State::kAsking);
  const uint64_t number = ++asked_;
  const std::shared_ptr<Asker> self = shared_from_this();
  // A decision that cannot be made is a Deny, which is what this one says.
  std::optional<authorizer::Decision> decision = authorizer::Decision();
  try {
    decision = rule_->mode->Ask({token, self, number});
  } catch (const std::exception&) {
  }
  return decision && IsOpen(number) && Answer(*decision);
}

void Connection::Decided(uint64_t number, authorizer::Decision decision) {
  if (IsOpen(number) && Answer(decision)) Proceed();
}

bool Connection::Answer(const authorizer::Decision& decision) {
  const std::shared_ptr<const ThreadRule> rule = std::move(rule_);
  if (decision.verdict == SALLYPORT_ALLOW) {
    rule->counters->allowed.Add();
  } else {
    rule->counters->denied[decision.reason].Add();
    connections_.Denied(*rule, decision.reason);
  }
  return Send(FormatDecision(decision, rule->headers, rule->scope_status, framing_,
                             connections_.clock(), rule->style));
}

bool Connection::Refuse(const http1::Refusal& refusal) {
  connections_.counters().refused_heads.Add();
  framing_ = {};
  return Send(http1::FormatRefusal(refusal, connections_.clock()));
}

bool Connection::Send(std::string answer) {
  answer_ = std::move(answer);
  error_code error;
  const size_t sent = socket_.write_some(asio::buffer(answer_), error);
  if (error && error != asio::error::would_block) {
    Close();
    return false;
  }
  if (sent == answer_.size()) return Sent();
  SendRest(sent);
  return false;
}

void Connection::SendRest(size_t sent) {
  Enter(State::kWriting);
  asio::async_write(socket_, asio::buffer(answer_) + sent,
                    [self = shared_from_this()](const error_code& error, size_t) {
                      if (error) return self->Close();
                      if (self->state_ == State::kWriting && self->Sent()) self->Proceed();
                    });
}

bool Connection::Sent() {
  if (!framing_.keep_alive) {
    error_code error;
    socket_.shutdown(Socket::shutdown_send, error);
    Enter(State::kDraining);
    Drain();
    return false;
  }
  buffer_.consume(request_bytes_);
  if (buffer_.size() == 0 && buffer_.capacity() > 2 * kReadAtOnce) buffer_.shrink_to_fit();
  Enter(State::kIdle);
  return true;
}

void Connection::ReadMore() {
  // A head has to arrive within a time that is counted from its first byte.
  if (buffer_.size() > 0 && state_ != State::kReading) Enter(State::kReading);
  socket_.async_read_some(buffer_.prepare(kReadAtOnce),
                          [self = shared_from_this()](const error_code& error, size_t size) {
                            if (error) return self->Close();
                            self->buffer_.commit(size);
                            self->Proceed();
                          });
}

void Connection::Drain() {
  buffer_.clear();
  socket_.async_read_some(buffer_.prepare(kReadAtOnce),
                          [self = shared_from_this()](const error_code& error, size_t size) {
                            self->drained_ += size;
                            if (error || self->drained_ > kMostDrained) return self->Close();
                            self->Drain();
                          });
}

}  // namespace sallyport::ext_authz
