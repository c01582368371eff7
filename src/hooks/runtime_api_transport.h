// Lambda's Runtime API (version 2018-06-01), for unmodified runtimes whose AWS_LAMBDA_RUNTIME_API
// is this server. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
//
// clang-format off
//     GET  /2018-06-01/runtime/invocation/next           the next event; waits for it
//     POST /2018-06-01/runtime/invocation/{id}/response  the answer
//     POST /2018-06-01/runtime/invocation/{id}/error     the error that the function raised
//     POST /2018-06-01/runtime/init/error                the runtime could not start
// clang-format on
//
// Any number of runtimes may poll; each event is given to one of them. Answers are those of AWS's
// Runtime Interface Emulator: 202; 400 InvalidRequestID for an id that is unknown or was answered
// before; 413 for an answer that is too large, upon which the call counts as failed.
//
// This API has no authentication: whoever is served reads events and answers them. Therefore only
// runtimes on this host are served, of the server's own user and of others that are named
// (RuntimeUsers). Each connection is checked as soon as it is accepted: others get 403, whatever
// they ask, and do not count as runtimes. Requests that a browser sends for a page are refused. So
// are requests that were visibly forwarded by a proxy, unless anybody may be served. Once a minute
// the log says who was refused.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "base/clock.h"
#include "hooks/hook_transport.h"
#include "hooks/runtime_users.h"

namespace sallyport::hooks {

class RuntimeQueue;

// Serves on `acceptor`, which must be listening and bound to a strand. `context` and `clock` must
// outlive the transport.
class RuntimeApiTransport final : public HookTransport {
 public:
  RuntimeApiTransport(boost::asio::io_context& context,
                      std::shared_ptr<boost::asio::ip::tcp::acceptor> acceptor, RuntimeUsers users,
                      const base::Clock& clock);
  ~RuntimeApiTransport() override;

  // Begins to accept connections.
  void Start();

  std::string_view name() const override { return "runtime"; }
  HookAttempt Call(const Function& function, const std::string& event, int64_t millis) override;
  void Stop() override;

  boost::asio::ip::tcp::endpoint endpoint() const;
  // The number of runtimes that are waiting or are processing an event.
  size_t runtimes() const;

 private:
  boost::asio::io_context& context_;
  const std::shared_ptr<boost::asio::ip::tcp::acceptor> acceptor_;
  const RuntimeUsers users_;
  // Shared with the connections, which may outlive the transport.
  const std::shared_ptr<RuntimeQueue> queue_;
};

}  // namespace sallyport::hooks
