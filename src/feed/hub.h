// Hub: sends the RevocationLog to the Agents, and determines what all of them have applied, which
// is then released.
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
  // Proved by the key. For an old Agent, the name of its token.
  std::string name;
  std::string key_id;  // empty for an old Agent
  // revocation::kFeedVersion, or kOldFeedVersion for an older Agent, which does not know marks.
  uint16_t version = revocation::kFeedVersion;
  bool operator==(const Agent&) const = default;
};

// An accepted connection of an Agent that has proved its identity. At most one Read and one Write
// run at the same time. Both are started on the Hub's strand: a socket with another executor must
// switch to that and back.
class Connection {
 public:
  virtual ~Connection() = default;
  // The next frame; nullopt once the peer or Close has ended the connection.
  virtual boost::asio::awaitable<std::optional<std::string>> Read() = 0;
  // False once the connection has ended.
  virtual boost::asio::awaitable<bool> Write(std::string message) = 0;
  // Ends both directions at once, upon which a Read or Write under way completes. Thread-safe.
  virtual void Close() = 0;
  // The peer's address, for logs and status.
  virtual std::string peer() const = 0;
  virtual const Agent& agent() const = 0;
};

struct Options {
  uint32_t ttl_millis = 2000;
  // False (confirm = "none"): AwaitRelease returns at once, and answers have a header that says so.
  bool confirm = true;
  // Makes the mark for a position that is sent to one Agent. Only servers of this store can compute
  // it.
  std::function<revocation::PositionMark(const revocation::LogId&, const revocation::LogPosition&,
                                         std::string_view agent)>
      mark = {};
  // Reads from the store whether a key may follow the feed now. Not called for old Agents.
  std::function<base::Result<bool>(const Agent&)> enrolled = {};
  // Gives what Agents may drop: entries that had to be kept only until a time before this, Unix
  // seconds. It is never later than the clock. Called on the strand. Null: nothing may be dropped.
  std::function<int64_t()> forget_before = {};
};

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

  // Ends all connections and waits for them, while the executor keeps running. Must be called
  // before the executor stops.
  void Stop();

 private:
  std::shared_ptr<Core> core_;
};

}  // namespace sallyport::feed
