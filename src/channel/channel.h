// Channel: a connection on which both ends have proved to know one Agent's key. TLS 1.3 (RFC 8446)
// with an external pre-shared key and an ephemeral key exchange (psk_dhe_ke): the key is never
// sent, every byte is bound to the proof, and who learns the key later reads nothing of what passed
// before.
//
// One version, one cipher suite, one group; no certificates, no session tickets, no resumption, no
// early data. On top of it a frame is its length (4 bytes, little-endian) and its bytes.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "channel/key.h"

namespace sallyport::channel {

// The secret of an identity that somebody claims; nullopt: there can be no such identity.
using FindSecret = std::function<std::optional<base::Secret>(std::string_view identity)>;

// One Read and one Write at a time. The handshake runs on the socket's executor; all that follows
// it but Close() runs on one strand, the socket's or another.
class Channel {
 public:
  virtual ~Channel() = default;
  // Once, before all else. An error's `cause` is a sentence for the operator, and nothing was
  // believed. At the Agent's end it does not succeed unless the other end has proved to know the
  // key, whatever else it shows.
  virtual boost::asio::awaitable<base::Status> Handshake() = 0;
  // The next frame. An error once the connection has ended, or where a frame is longer than the
  // channel's greatest.
  virtual boost::asio::awaitable<base::Result<std::string>> Read() = 0;
  virtual boost::asio::awaitable<base::Status> Write(std::string frame) = 0;
  // Ends both directions now; what is under way completes with an error. From any thread.
  virtual void Close() = 0;
  // Of the other end, proved. Empty before the handshake.
  virtual const std::string& identity() const = 0;
  virtual int native_handle() = 0;
};

// The Agent's end. `patience` is for the whole handshake.
std::shared_ptr<Channel> MakeClient(boost::asio::ip::tcp::socket socket, Key key,
                                    size_t greatest_frame, std::chrono::milliseconds patience);

// The server's end: what all its channels share.
class Server {
 public:
  // `find` is called on the sockets' executors.
  explicit Server(FindSecret find);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // How long the handshake may take is for the caller to judge. The Server outlives it.
  std::shared_ptr<Channel> Make(boost::asio::ip::tcp::socket socket, size_t greatest_frame);

 private:
  class Shared;
  std::unique_ptr<Shared> shared_;
};

}  // namespace sallyport::channel
