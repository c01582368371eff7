#include "lambda_environment.h"

#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "http_client.h"
#include "net.h"

namespace sallyport::history {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kRuntime = "/2018-06-01/runtime/";
constexpr std::string_view kNext = "/2018-06-01/runtime/invocation/next";

}  // namespace

LambdaEnvironment::LambdaEnvironment(Command command) {
  uint16_t port = 0;
  listener_ = Listen(&port);
  command.environment.emplace_back("AWS_LAMBDA_RUNTIME_API", "127.0.0.1:" + std::to_string(port));
  process_ = std::make_unique<Process>(std::move(command));
  process_->Start();
  thread_ = std::thread([this] { Serve(); });
}

LambdaEnvironment::~LambdaEnvironment() {
  process_->Kill();
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
  close(listener_);
}

std::optional<LambdaEnvironment::Reply> LambdaEnvironment::Invoke(const std::string& event) {
  if (frozen_) process_->Continue();
  frozen_ = false;
  std::unique_lock lock(mutex_);
  event_ = event;
  reply_.reset();
  changed_.notify_all();
  changed_.wait_for(lock, 10s, [this] { return reply_.has_value(); });
  event_.reset();
  return std::exchange(reply_, std::nullopt);
}

void LambdaEnvironment::Freeze() {
  {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, 1s, [this] { return waits_; })) return;
  }
  process_->Stop();
  frozen_ = true;
  ++freezes_;
}

void LambdaEnvironment::Serve() {
  while (!stop_) {
    pollfd readable{listener_, POLLIN, 0};
    if (poll(&readable, 1, 20) == 0) continue;
    const int socket = Accept(listener_);
    if (socket < 0) continue;
    HttpPeer peer(socket);
    ServeConnection(peer);
  }
}

void LambdaEnvironment::ServeConnection(HttpPeer& peer) {
  while (const auto message = peer.Read(stop_)) {
    if (message->target != kNext) {
      TakeReply(*message);
      if (!peer.Answer(202, "{}")) return;
      continue;
    }
    const auto event = AwaitEvent();
    if (!event) return;
    uint64_t number = 0;
    {
      const std::lock_guard lock(mutex_);
      number = ++events_;
    }
    if (!peer.Answer(200, *event,
                     "Content-Type: application/json\r\nLambda-Runtime-Aws-Request-Id: " +
                         std::to_string(number) + "\r\n")) {
      return;
    }
  }
}

std::optional<std::string> LambdaEnvironment::AwaitEvent() {
  std::unique_lock lock(mutex_);
  waits_ = true;
  changed_.notify_all();
  changed_.wait(lock, [this] { return event_.has_value() || stop_; });
  waits_ = false;
  return std::exchange(event_, std::nullopt);
}

void LambdaEnvironment::TakeReply(const HttpMessage& message) {
  const std::lock_guard lock(mutex_);
  reply_ = Reply{.failed = message.target.ends_with("/error"), .body = message.body};
  changed_.notify_all();
}

}  // namespace sallyport::history
