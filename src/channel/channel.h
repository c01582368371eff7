// Channel: a connection on which both ends have proved that they know the key of one Agent. It is
// TLS 1.3 (RFC 8446) with an external pre-shared key and an ephemeral key exchange (psk_dhe_ke).
// The key itself is never sent, every byte is protected by the proof, and somebody who learns the
// key later cannot decrypt earlier traffic.
//
// There is only one version, one cipher suite and one group, and there are no certificates, session
// tickets, resumption or early data. On top of TLS, a frame is its length (4 bytes, little-endian)
// followed by its bytes.
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

// Finds the secret for the identity that a client claims; nullopt: no such identity is possible.
using FindSecret = std::function<std::optional<base::Secret>(std::string_view identity)>;

// At most one Read and one Write may run at the same time. The handshake runs on the socket's
// executor; everything after it except Close() must run on one strand, the socket's or another.
class Channel {
 public:
  virtual ~Channel() = default;
  // Must be called once, before everything else. An error's `cause` is a sentence for the operator;
  // nothing that the other end sent was believed. At the Agent's end it succeeds only if the other
  // end has proved that it knows the key.
  virtual boost::asio::awaitable<base::Status> Handshake() = 0;
  // The next frame. An error once the connection has ended, or where a frame is longer than the
  // channel allows.
  virtual boost::asio::awaitable<base::Result<std::string>> Read() = 0;
  virtual boost::asio::awaitable<base::Status> Write(std::string frame) = 0;
  // Ends both directions at once, upon which operations under way complete with an error.
  // Thread-safe.
  virtual void Close() = 0;
  // The proved identity of the other end. Empty before the handshake.
  virtual const std::string& identity() const = 0;
  virtual int native_handle() = 0;
};

// The Agent's end. `patience` is the time limit for the whole handshake.
std::shared_ptr<Channel> MakeClient(boost::asio::ip::tcp::socket socket, Key key,
                                    size_t greatest_frame, std::chrono::milliseconds patience);

// The server's end: what all of its channels share.
class Server {
 public:
  // `find` is called on the sockets' executors.
  explicit Server(FindSecret find);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // The caller has to limit the time of the handshake. The Server must outlive the channel.
  std::shared_ptr<Channel> Make(boost::asio::ip::tcp::socket socket, size_t greatest_frame);

 private:
  class Shared;
  std::unique_ptr<Shared> shared_;
};

}  // namespace sallyport::channel
