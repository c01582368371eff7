// A small HTTP/1.1 client: one keep-alive connection, blocking, with a time limit, so that nothing
// stands between the clock and the socket.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "history.h"
#include "net.h"

namespace sallyport::history {

Nanos Now();

struct HttpAnswer {
  int status = 0;  // 0: no answer in time, or the connection ended
  std::string body;
  std::string head = {};

  // The header's value, "" where there is none; of several the first. `name` in lower case.
  std::string Header(std::string_view name) const;
};

// Not thread-safe.
class HttpClient {
 public:
  explicit HttpClient(Endpoint server) : server_(server) {}
  ~HttpClient() { Close(); }
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // Connects if it is not connected, or if the peer has closed. False: nobody listens
  // there.
  bool Connect();
  // Connects if necessary, sends, and reads the answer. It does not try again if the peer closed
  // the connection before it sent anything: the caller decides that, because it records each
  // attempt.
  HttpAnswer Exchange(std::string_view request, Nanos timeout);

  // The parts of it, for bodies that are sent slowly and for streams.
  bool Send(std::string_view bytes);
  HttpAnswer ReadAnswer(Nanos timeout);
  // What arrives within `timeout`: bytes, "" if nothing came, nullopt if the peer has closed.
  std::optional<std::string> ReadSome(Nanos timeout);
  void Close();
  bool connected() const { return socket_ >= 0; }

 private:
  Endpoint server_;
  int socket_ = -1;
  std::string buffer_;
};

}  // namespace sallyport::history
