// LambdaGateway: API Gateway with a Lambda authorizer whose results it does not keep, as far as a
// history needs it: one function for ID tokens (/id), and one for access tokens (/access).
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "lambda_environment.h"

namespace sallyport::history {

struct LambdaGatewayOptions {
  Command id_function, access_function;
  int environments = 3;  // of each function
  uint16_t upstream = 0;
  // Of a hundred events, after how many the environment is frozen until the next one.
  unsigned freezes_of_hundred = 50;
  uint32_t seed = 1;
};

class LambdaGateway {
 public:
  // Call it from the main thread (process.h).
  explicit LambdaGateway(const LambdaGatewayOptions& options);
  ~LambdaGateway();
  LambdaGateway(const LambdaGateway&) = delete;
  LambdaGateway& operator=(const LambdaGateway&) = delete;

  uint16_t port() const { return port_; }
  // How often an environment was frozen.
  uint64_t freezes() const;

 private:
  enum Function { kId, kAccess, kFunctionCount };
  struct Environments {
    std::vector<std::unique_ptr<LambdaEnvironment>> all;
    std::vector<LambdaEnvironment*> idle;  // guarded by mutex_
  };

  void Serve();
  void ServeConnection(HttpPeer& peer, uint32_t seed);
  // 200: allowed; 401; or 500.
  static int StatusOf(const std::optional<LambdaEnvironment::Reply>& reply);
  LambdaEnvironment* TakeIdle(Function function);
  void GiveBack(Function function, LambdaEnvironment* environment);

  const LambdaGatewayOptions options_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::array<Environments, kFunctionCount> functions_;
  std::vector<std::thread> connections_;  // used by thread_ only
  std::thread thread_;
};

}  // namespace sallyport::history
