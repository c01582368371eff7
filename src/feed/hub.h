// Hub: the RevocationLog on its way to the Agents, and the release of what they have all applied.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "feed/status.h"
#include "revocation/frame.h"
#include "store/store.h"

namespace sallyport::feed {

// Who is at the other end of a connection.
struct Agent {
  // Proved by its key; of an old Agent, what its token is called.
  std::string name;
  std::string key_id;  // empty: an old Agent
  // revocation::kFeedVersion, or kOldFeedVersion: an Agent of before, which cannot keep a mark.
  uint16_t version = revocation::kFeedVersion;
  bool operator==(const Agent&) const = default;
};

// One accepted connection of an Agent, who has proved to be it. At most one Read and one Write are
// under way at a time. Both are begun on the Hub's strand: a socket that lives on another executor
// must hop to it and back.
class Connection {
 public:
  virtual ~Connection() = default;
  // The next frame; nullopt once the peer or Close ended it.
  virtual boost::asio::awaitable<std::optional<std::string>> Read() = 0;
  // False once it has ended.
  virtual boost::asio::awaitable<bool> Write(std::string message) = 0;
  // Ends both directions now; a Read or Write under way completes. May be called from any thread.
  virtual void Close() = 0;
  // Address of the peer, for logs and status.
  virtual std::string peer() const = 0;
  virtual const Agent& agent() const = 0;
};

struct Options {
  uint32_t ttl_millis = 2000;
  // confirm = "none": AwaitRelease returns at once, and answers carry a header that says so.
  bool confirm = true;
  // The mark of one Agent's place in one log: a function that only servers of this store can
  // compute.
  std::function<revocation::PositionMark(const revocation::LogId&, const revocation::LogPosition&,
                                         std::string_view agent)>
      mark = {};
  // Whether a key may follow the feed now, read from the store. Old Agents are not asked about.
  std::function<base::Result<bool>(const Agent&)> enrolled = {};
  // What Agents may drop: until before when it was to be kept, Unix seconds, and never ahead of the
  // clock. Called from the strand. Null: nothing may be dropped.
  std::function<int64_t()> forget_before = {};
};

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
