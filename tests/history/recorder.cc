#include "recorder.h"

#include <utility>

namespace sallyport::history {

Id Recorder::Add(Token token) {
  const std::lock_guard lock(mutex_);
  history_.tokens.push_back(token);
  return static_cast<Id>(history_.tokens.size()) - 1;
}

void Recorder::Add(Revoke revoke) {
  revokes_answered_ += revoke.status == 200;
  const std::lock_guard lock(mutex_);
  history_.revokes.push_back(std::move(revoke));
}

void Recorder::Add(Call call) {
  const std::lock_guard lock(mutex_);
  history_.calls.push_back(std::move(call));
}

void Recorder::Add(Request request, uint64_t number) {
  decisions_ += request.status != 0;
  const std::lock_guard lock(mutex_);
  history_.requests.push_back(request);
  numbers_.push_back(number);
}

void Recorder::Add(Stream stream) {
  const std::lock_guard lock(mutex_);
  history_.streams.push_back(stream);
}

void Recorder::Add(Fault fault) {
  const std::lock_guard lock(mutex_);
  history_.faults.push_back(std::move(fault));
}

void Recorder::Add(Check check) {
  const std::lock_guard lock(mutex_);
  history_.checks.push_back(std::move(check));
}

History Recorder::Take(const Upstream& upstream) {
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < numbers_.size(); ++i) {
    history_.requests[i].reached = upstream.Reached(numbers_[i]);
  }
  return std::move(history_);
}

std::string GateRequest(std::string_view method, std::string_view path, const std::string& jwt,
                        uint64_t number) {
  std::string request(method);
  request += ' ';
  request += path;
  request += " HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Request: " + std::to_string(number) +
             "\r\nAuthorization: Bearer " + jwt + "\r\n";
  return request;
}

int GateClient::Ask(Id token, bool access, const std::string& jwt) {
  const uint64_t number = recorder_.NewRequestNumber();
  const std::string bytes = GateRequest("GET", access ? "/access" : "/id", jwt, number) + "\r\n";
  http_.Connect();
  Request request{.token = token, .gate = gate_, .first_sent = Now()};
  request.last_sent = request.first_sent;
  request.status = http_.Exchange(bytes, timeout_).status;
  request.done = Now();
  recorder_.Add(request, number);
  return request.status;
}

}  // namespace sallyport::history
