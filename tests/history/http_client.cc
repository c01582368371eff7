#include "http_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/clock.h"

namespace sallyport::history {
namespace {

// The value of header `name` (lower case) in `head`, or "".
std::string_view FindHeader(std::string_view head, std::string_view name) {
  for (size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at)) {
    at += 2;
    const std::string_view line = head.substr(at, head.find("\r\n", at) - at);
    if (line.size() <= name.size() || line[name.size()] != ':') continue;
    if (strncasecmp(line.data(), name.data(), name.size()) != 0) continue;
    std::string_view value = line.substr(name.size() + 1);
    value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
    return value;
  }
  return {};
}

size_t ToNumber(std::string_view text) {
  size_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

Nanos Now() {
  return base::SystemClock::Get().MonotonicNanos();
}

std::string HttpAnswer::Header(std::string_view name) const {
  const std::string_view value = FindHeader(head, name);
  return std::string(value.substr(0, value.find("\r\n")));
}

bool HttpClient::Connect() {
  char next = 0;
  // A keep-alive connection that the peer has closed meanwhile looks like one that has ended.
  if (socket_ >= 0 && (recv(socket_, &next, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 || errno != EAGAIN)) {
    Close();
  }
  if (socket_ >= 0) return true;
  const int fd = SocketFor(server_);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(server_.port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    close(fd);
    return false;
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  socket_ = fd;
  return true;
}

HttpAnswer HttpClient::Exchange(std::string_view request, Nanos timeout) {
  if (!Connect() || !Send(request)) return {};
  return ReadAnswer(timeout);
}

bool HttpClient::Send(std::string_view bytes) {
  while (!bytes.empty() && socket_ >= 0) {
    const ssize_t sent = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      Close();
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return socket_ >= 0;
}

std::optional<std::string> HttpClient::ReadSome(Nanos timeout) {
  if (socket_ < 0) return std::nullopt;
  pollfd ready{socket_, POLLIN, 0};
  const int millis = static_cast<int>(std::max<Nanos>(timeout, 0) / kMillisecond);
  if (poll(&ready, 1, millis) <= 0) return std::string();
  char bytes[16 * 1024];
  const ssize_t count = recv(socket_, bytes, sizeof(bytes), 0);
  if (count <= 0) {
    Close();
    return std::nullopt;
  }
  return std::string(bytes, static_cast<size_t>(count));
}

HttpAnswer HttpClient::ReadAnswer(Nanos timeout) {
  const Nanos deadline = Now() + timeout;
  size_t head_end = std::string::npos;
  size_t total = 0;
  for (;;) {
    if (head_end == std::string::npos) {
      head_end = buffer_.find("\r\n\r\n");
      if (head_end != std::string::npos) {
        const std::string_view head = std::string_view(buffer_).substr(0, head_end + 2);
        total = head_end + 4 + ToNumber(FindHeader(head, "content-length"));
      }
    }
    if (head_end != std::string::npos && buffer_.size() >= total) break;
    const Nanos left = deadline - Now();
    std::optional<std::string> more;
    if (left > 0) more = ReadSome(left);
    if (!more || (more->empty() && Now() >= deadline)) {
      Close();
      return {};
    }
    buffer_ += *more;
  }
  const std::string_view head = std::string_view(buffer_).substr(0, head_end + 2);
  const bool last =
      FindHeader(head, "connection").starts_with("close") || head.starts_with("HTTP/1.0");
  HttpAnswer answer{static_cast<int>(ToNumber(head.substr(9, 3))),
                    buffer_.substr(head_end + 4, total - head_end - 4), std::string(head)};
  buffer_.erase(0, total);
  if (last) Close();
  return answer;
}

void HttpClient::Close() {
  if (socket_ >= 0) close(socket_);
  socket_ = -1;
  buffer_.clear();
}

}  // namespace sallyport::history
