// Lambda's Runtime API (version 2018-06-01), for unmodified runtimes that AWS_LAMBDA_RUNTIME_API
// leads here. https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
//
//   GET  /2018-06-01/runtime/invocation/next           the next event; waits for it
//   POST /2018-06-01/runtime/invocation/{id}/response  the answer
//   POST /2018-06-01/runtime/invocation/{id}/error     the error that the function raised
//   POST /2018-06-01/runtime/init/error                the runtime could not start
//
// Any number of runtimes may poll; each event is given to one of them. Answers are those of AWS's
// Runtime Interface Emulator: 202; 400 InvalidRequestID for an id that is unknown or answered; 413
// for an answer that is too large, which the function has then failed with.
//
// There is no authentication in this API: whoever it serves reads events and answers them. It
// serves runtimes of this host, of the server's own user and of others that are named
// (RuntimeUsers). Each connection is looked at as soon as it is accepted: others get 403, whatever
// they ask, and take no place among the runtimes. Requests that a browser sends for a page are
// refused, and unless anybody is served those that a proxy shows to have forwarded. The log says
// once a minute who was refused.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>

#include "base/clock.h"
#include "hooks/hook_transport.h"
#include "hooks/runtime_users.h"

namespace sallyport::hooks {

class RuntimeQueue;

// Serves on `acceptor`, which is listening and bound to a strand. `context` and `clock` outlive the
// transport.
class RuntimeApiTransport final : public HookTransport {
 public:
  RuntimeApiTransport(boost::asio::io_context& context,
                      std::shared_ptr<boost::asio::ip::tcp::acceptor> acceptor, RuntimeUsers users,
                      const base::Clock& clock);
  ~RuntimeApiTransport() override;

  // Begins to accept.
  void Start();

  std::string_view name() const override { return "runtime"; }
  HookAttempt Call(const Function& function, const std::string& event, int64_t millis) override;
  void Stop() override;

  boost::asio::ip::tcp::endpoint endpoint() const;
  // Runtimes that wait or have an event in hand.
  size_t runtimes() const;

 private:
  boost::asio::io_context& context_;
  const std::shared_ptr<boost::asio::ip::tcp::acceptor> acceptor_;
  const RuntimeUsers users_;
  // The connections' too: they may outlive the transport.
  const std::shared_ptr<RuntimeQueue> queue_;
};

}  // namespace sallyport::hooks
