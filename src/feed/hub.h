// Hub: the RevocationLog on its way to the Agents, and the release of what they have all applied.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "feed/connection.h"
#include "feed/options.h"
#include "feed/status.h"
#include "store/store.h"

namespace sallyport::feed {

class Core;

// All state is kept by one strand on `executor`; public functions may be called from any thread.
// Store, clock and executor outlive the Hub, the store also the executor's threads.
class Hub {
 public:
  Hub(const boost::asio::any_io_executor& executor, store::Store& store, const base::Clock& clock,
      Options options);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // Reads what the store persists (greatest TTL ever granted) and begins. Call once, before all
  // else.
  base::Status Start();

  // Speaks the feed on `connection`, in its Agent's version, until it ends.
  boost::asio::awaitable<void> Serve(std::shared_ptr<Connection> connection);

  // Completes when everything up to `head` is released (true), or when the Hub stops before that
  // (false: answer 500, never 200). After a start that is not before every lease of the server
  // before has lapsed, whatever `head` is.
  boost::asio::awaitable<bool> AwaitRelease(uint64_t head);

  // How long after Start nothing is released: until every lease of the server before has lapsed.
  int64_t hold_millis() const;

  // Thread-safe and cheap: asked before each issue of tokens.
  bool restored_store() const;

  // After an agent's key was withdrawn in the store: says goodbye to its connections, those of
  // earlier keys of the name too, lets them have no lease any more, and completes when the last one
  // that they may hold is over and they are cut (true), or when the Hub stops before that (false).
  boost::asio::awaitable<bool> Withdraw(std::string name, std::string key_id);

  boost::asio::awaitable<Status> GetStatus();

  // Ends all connections and waits, as the executor runs on. Call before the executor stops.
  void Stop();

 private:
  std::shared_ptr<Core> core_;
};

}  // namespace sallyport::feed
