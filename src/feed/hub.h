// Hub: sends the RevocationLog to the Agents, and determines what all of them have applied, which
// is then released.
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

// All state belongs to one strand on `executor`; public functions may be called from any thread.
// Store, clock and executor must outlive the Hub, and the store must also outlive the executor's
// threads.
class Hub {
 public:
  Hub(const boost::asio::any_io_executor& executor, store::Store& store, const base::Clock& clock,
      Options options);
  ~Hub();
  Hub(const Hub&) = delete;
  Hub& operator=(const Hub&) = delete;

  // Reads what the store remembers (the longest TTL that was ever granted) and begins. Must be
  // called once, before everything else.
  base::Status Start();

  // Speaks the feed on `connection`, in the version of its Agent, until it ends.
  boost::asio::awaitable<void> Serve(std::shared_ptr<Connection> connection);

  // Completes with true when everything up to `head` is released, or with false when the Hub stops
  // before that; then the caller must answer 500 and never 200. After a start it does not complete
  // before all leases of the previous server have expired, whatever `head` is.
  boost::asio::awaitable<bool> AwaitRelease(uint64_t head);

  // For how long after Start nothing is released: until all leases of the previous server have
  // expired.
  int64_t hold_millis() const;

  // Thread-safe and cheap: called before each issue of tokens.
  bool restored_store() const;

  // Called after an agent's key was withdrawn in the store. Ends the connections of that name,
  // including those with earlier keys, and grants it no more leases. Completes with true when the
  // last lease that it may hold has ended and the connections are closed, or with false when the
  // Hub stops before that.
  boost::asio::awaitable<bool> Withdraw(std::string name, std::string key_id);

  boost::asio::awaitable<Status> GetStatus();

  // Where other servers serve the same store: grants no lease any more, so that Agents ask another
  // server, and goes on taking their acknowledgements. Completes when the last lease has ended;
  // then nobody waits for this server. Otherwise it completes at once.
  boost::asio::awaitable<void> Retire();

  // Ends all connections and waits for them, while the executor keeps running. Must be called
  // before the executor stops.
  void Stop();

 private:
  std::shared_ptr<Core> core_;
};

}  // namespace sallyport::feed
