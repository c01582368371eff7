// Recorder: with it, the clients of a run write their History.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "history.h"
#include "http_client.h"
#include "upstream.h"

namespace sallyport::history {

// Thread-safe.
class Recorder {
 public:
  // A number for a family, user, client or pool, unique among all of them.
  Id NewId() { return next_id_++; }
  uint64_t NewRequestNumber() { return next_request_++; }

  Id Add(Token token);
  void Add(Revoke revoke);
  void Add(Call call);
  void Add(Request request, uint64_t number);
  void Add(Stream stream);
  void Add(Fault fault);
  void Add(Check check);

  int64_t revokes_answered() const { return revokes_answered_; }
  int64_t decisions() const { return decisions_; }  // requests to gates that were answered

  // The whole history, with `reached` filled in. Call it once, when the clients have ended.
  History Take(const Upstream& upstream);

 private:
  std::atomic<Id> next_id_{0};
  std::atomic<uint64_t> next_request_{1};
  std::atomic<int64_t> revokes_answered_{0};
  std::atomic<int64_t> decisions_{0};
  std::mutex mutex_;
  History history_;
  std::vector<uint64_t> numbers_;  // of history_.requests
};

// One connection to one gate, whose requests are recorded. Not thread-safe.
class GateClient {
 public:
  GateClient(Recorder& recorder, Id gate, uint16_t port, Nanos timeout)
      : recorder_(recorder), gate_(gate), http_(port), timeout_(timeout) {}

  // A GET of the route for its kind of token. The status; 0: none.
  int Ask(Id token, bool access, const std::string& jwt);
  // A POST whose body ends only after `before_end` has returned. The status.
  template <typename F>
  int PostSlowly(Id token, const std::string& jwt, F before_end);

  Id gate() const { return gate_; }
  HttpClient& http() { return http_; }

 private:
  Recorder& recorder_;
  Id gate_;
  HttpClient http_;
  Nanos timeout_;
};

// The head of a request to a gate, without the empty line.
std::string GateRequest(std::string_view method, std::string_view path, const std::string& jwt,
                        uint64_t number);

template <typename F>
int GateClient::PostSlowly(Id token, const std::string& jwt, F before_end) {
  const uint64_t number = recorder_.NewRequestNumber();
  http_.Connect();
  Request request{.token = token, .gate = gate_, .first_sent = Now()};
  http_.Send(GateRequest("POST", "/access", jwt, number) + "Content-Length: 10\r\n\r\nfirst");
  before_end();
  request.last_sent = Now();
  if (http_.Send("after")) request.status = http_.ReadAnswer(timeout_).status;
  request.done = Now();
  recorder_.Add(request, number);
  return request.status;
}

}  // namespace sallyport::history
