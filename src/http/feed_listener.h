// FeedListener: the sockets on which Agents are fed. They are separate from the public listeners:
// connections, handshakes and file descriptors have their own limits, which nobody else can use up.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstddef>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/minute_log.h"
#include "base/result.h"
#include "channel/channel.h"
#include "feed/hub.h"
#include "http/connections.h"

namespace sallyport::http {

struct FeedListenerOptions {
  std::vector<std::string> listen;  // "127.0.0.1:9230", "[::1]:9230"; port 0: any free one
  // The greatest number of connected Agents, and of connections with one key.
  size_t agent_limit = 1024;
  size_t agents_per_key = 16;
  // Of all those places, as many may be taken by whoever asks instead of holding a lease (Lambda
  // functions); with one key or with several.
  size_t asking_limit = 512;
  // The greatest number of connections that have not proved anything yet. A new one replaces the
  // oldest, so idle ones keep nobody out.
  size_t handshake_limit = 128;
};

class FeedListener {
 public:
  // `find` gives the secret for the identity that somebody claims (channel/channel.h). All
  // arguments must outlive the listener.
  FeedListener(boost::asio::io_context& context, feed::Hub& hub, channel::FindSecret find,
               FeedListenerOptions options);
  FeedListener(const FeedListener&) = delete;
  FeedListener& operator=(const FeedListener&) = delete;

  // Binds all addresses. An error's message is one line for the operator.
  base::Status Listen();
  // Begins to accept. Must be called once, after Listen.
  void Start();

  // The bound addresses, in the order of the options.
  std::vector<boost::asio::ip::tcp::endpoint> endpoints() const;

  // The greatest number of file descriptors in use at the same time.
  static size_t Descriptors(const FeedListenerOptions& options) {
    return options.listen.size() + options.agent_limit + options.handshake_limit;
  }

  // Closes the remaining connections and waits until they are gone. Called after Hub::Stop from a
  // thread that is not an I/O thread, while those still run.
  void Close();

 private:
  using Pending = std::list<const Connections::Entry*>;
  class Handshaking;

  boost::asio::awaitable<void> Accept(std::shared_ptr<boost::asio::ip::tcp::acceptor> acceptor);
  boost::asio::awaitable<void> Sweep();
  boost::asio::awaitable<void> Serve(std::shared_ptr<channel::Channel> channel,
                                     std::string address);
  // False: the key, or all keys together, have as many connections as they may.
  bool EnterAgent(const std::string& identity);
  // From now on this connection does not count for its key. False: too many ask.
  bool CountAsAsking(const std::string& identity);
  void LeaveAgent(const std::string& identity, bool asking);
  void Forget(const std::string& identity);  // precondition: mutex_ is locked
  // Writes a line to the log, at most one a minute for each `why`.
  void NoteRefusal(std::string_view why, const std::string& address, std::string_view agent);

  boost::asio::io_context& context_;
  feed::Hub& hub_;
  const FeedListenerOptions options_;
  base::MinuteLog refusals_;  // anybody can cause refusals as often as they like
  channel::Server server_;
  http1::RequestMemory no_requests_{0};
  Connections connections_;
  std::vector<std::shared_ptr<boost::asio::ip::tcp::acceptor>> acceptors_;

  std::mutex mutex_;
  Pending pending_;                       // guarded by mutex_, the oldest first
  std::map<std::string, size_t> agents_;  // guarded by mutex_: connections by identity
  size_t agent_count_ = 0;                // guarded by mutex_: of all, whether they ask or not
  size_t asking_count_ = 0;               // guarded by mutex_
};

}  // namespace sallyport::http
