#include "lambda_gateway.h"

#include <poll.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <random>

#include "http_client.h"
#include "net.h"

namespace sallyport::history {
namespace {

namespace json = boost::json;

constexpr std::string_view kMethodArn =
    "arn:aws:execute-api:us-east-1:123456789012:abcdef123/test/GET/any";

std::string EventFor(std::string_view authorization) {
  return json::serialize(
      json::object{{"type", "TOKEN"},
                   {"authorizationToken", json::string(authorization.data(), authorization.size())},
                   {"methodArn", json::string(kMethodArn.data(), kMethodArn.size())}});
}

bool Allows(const json::value& reply) {
  const json::value* const effect = [&]() -> const json::value* {
    boost::system::error_code missing;
    return reply.find_pointer("/policyDocument/Statement/0/Effect", missing);
  }();
  return effect != nullptr && *effect == "Allow";
}

}  // namespace

LambdaGateway::LambdaGateway(const LambdaGatewayOptions& options) : options_(options) {
  const Command* const commands[] = {&options.id_function, &options.access_function};
  for (int function = 0; function < kFunctionCount; ++function) {
    Environments& environments = functions_[static_cast<size_t>(function)];
    for (int i = 0; i < options.environments; ++i) {
      Command command = *commands[function];
      // Each has a file system of its own.
      command.environment.emplace_back("SALLYPORT_DIRECTORY",
                                       command.log + "." + std::to_string(i) + ".replica");
      environments.all.push_back(std::make_unique<LambdaEnvironment>(std::move(command)));
      environments.idle.push_back(environments.all.back().get());
    }
  }
  listener_ = Listen(&port_);
  thread_ = std::thread([this] { Serve(); });
}

LambdaGateway::~LambdaGateway() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
  for (std::thread& connection : connections_) connection.join();
  close(listener_);
}

uint64_t LambdaGateway::freezes() const {
  uint64_t sum = 0;
  for (const Environments& environments : functions_) {
    for (const auto& environment : environments.all) sum += environment->freezes();
  }
  return sum;
}

void LambdaGateway::Serve() {
  uint32_t seed = options_.seed;
  while (!stop_) {
    pollfd readable{listener_, POLLIN, 0};
    if (poll(&readable, 1, 20) == 0) continue;
    const int socket = Accept(listener_);
    if (socket < 0) continue;
    connections_.emplace_back([this, socket, number = ++seed] {
      HttpPeer peer(socket);
      ServeConnection(peer, number);
    });
  }
}

void LambdaGateway::ServeConnection(HttpPeer& peer, uint32_t seed) {
  std::mt19937 random(seed);
  HttpClient upstream(options_.upstream);
  while (const auto message = peer.Read(stop_)) {
    const Function function = message->target == "/id" ? kId : kAccess;
    LambdaEnvironment* const environment = TakeIdle(function);
    if (environment == nullptr) return;
    int status = StatusOf(environment->Invoke(EventFor(message->Header("Authorization"))));
    if (status == 200) {
      upstream.Connect();
      status = upstream.Exchange(message->head + "\r\n", kSecond).status;
      if (status == 0) status = 502;
    }
    const bool sent = peer.Answer(status, "");
    if (random() % 100 < options_.freezes_of_hundred) environment->Freeze();
    GiveBack(function, environment);
    if (!sent) return;
  }
}

int LambdaGateway::StatusOf(const std::optional<LambdaEnvironment::Reply>& reply) {
  boost::system::error_code failed;
  const json::value body = reply ? json::parse(reply->body, failed) : json::value();
  if (!reply || failed || !body.is_object()) return 500;
  if (!reply->failed) return Allows(body) ? 200 : 403;
  const json::value* const message = body.get_object().if_contains("errorMessage");
  return message != nullptr && *message == "Unauthorized" ? 401 : 500;
}

// The one that was idle for the longest, so that all are used.
LambdaEnvironment* LambdaGateway::TakeIdle(Function function) {
  std::unique_lock lock(mutex_);
  auto& idle = functions_[function].idle;
  changed_.wait(lock, [&] { return !idle.empty() || stop_; });
  if (idle.empty()) return nullptr;
  LambdaEnvironment* const environment = idle.front();
  idle.erase(idle.begin());
  return environment;
}

void LambdaGateway::GiveBack(Function function, LambdaEnvironment* environment) {
  {
    const std::lock_guard lock(mutex_);
    functions_[function].idle.push_back(environment);
  }
  changed_.notify_all();
}

}  // namespace sallyport::history
