// HttpPeer: the server's end of one HTTP/1.1 connection, blocking.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::history {

struct HttpMessage {
  std::string method, target;
  std::string head;  // all lines, each with its end
  std::string body;

  // The value of a header whose name has this spelling; empty if there is none.
  std::string_view Header(std::string_view name) const;
};

// Not thread-safe.
class HttpPeer {
 public:
  // Takes over `socket`, as Accept (net.h) gives it.
  explicit HttpPeer(int socket);
  ~HttpPeer();
  HttpPeer(const HttpPeer&) = delete;
  HttpPeer& operator=(const HttpPeer&) = delete;

  // The next request; nullopt once the other end has closed, or `stop` is true.
  std::optional<HttpMessage> Read(const std::atomic<bool>& stop);
  // False: the other end has gone.
  bool Answer(int status, std::string_view body, std::string_view more_headers = {});

 private:
  const int socket_;
  std::string buffer_;
};

}  // namespace sallyport::history
