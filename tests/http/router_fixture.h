// RouterTest: requests are routed and answered as in the server, with a real store and without
// sockets.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "feed/hub.h"
#include "http/metrics.h"
#include "http/router.h"
#include "http/worker_pool.h"
#include "user_fixture.h"

namespace sallyport::http {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Asked {
  std::string method = "GET";
  std::string target = "/";
  Fields headers = {};
  std::string body = {};
  Face face = Face::kPublic;
};

class RouterTest : public operations::UserTest {
 protected:
  RouterTest();
  ~RouterTest() override;

  Response Ask(const Asked& asked);
  // POST / as an AWS SDK calls. `target` is the whole X-Amz-Target.
  Response CallOperation(const std::string& target, const std::string& body);
  // The same, for the name of an operation without the service's prefix.
  Response CallCognito(const std::string& operation, const boost::json::object& input);
  static Request MakeRequest(const Asked& asked);
  Router MakeRouter(Face face) const { return Router(*backends_, *callers_, face); }

  // The value of a header of the response; nullopt if it has no such header.
  static std::optional<std::string> HeaderOf(const Response& response, std::string_view name);
  static boost::json::object JsonOf(const Response& response);

  // From here on every queue of calls is full.
  void FillQueues();

  boost::asio::io_context context_;
  base::ManualClock connection_clock_;
  http1::RequestMemory request_memory_{1 << 20};
  Metrics metrics_;
  std::unique_ptr<Connections> callers_;
  std::unique_ptr<feed::Hub> hub_;
  std::unique_ptr<WorkerPool> quick_, hash_, hash_revoking_;
  std::unique_ptr<Backends> backends_;  // to be changed before the first question
  Peer peer_{.address = "127.0.0.1", .loopback = true, .tls = false, .ip = {}};

 private:
  void MakeBackends();

  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

}  // namespace sallyport::http
