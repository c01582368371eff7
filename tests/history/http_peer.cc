#include "http_peer.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <charconv>

namespace sallyport::history {
namespace {

constexpr int kTickMillis = 20;

size_t NumberIn(std::string_view text) {
  size_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

std::string_view HttpMessage::Header(std::string_view name) const {
  const std::string begin = "\r\n" + std::string(name) + ": ";
  const size_t at = head.find(begin);
  if (at == std::string::npos) return {};
  const size_t from = at + begin.size();
  return std::string_view(head).substr(from, head.find("\r\n", from) - from);
}

HttpPeer::HttpPeer(int socket) : socket_(socket) {
  fcntl(socket_, F_SETFL, fcntl(socket_, F_GETFL) & ~O_NONBLOCK);
}

HttpPeer::~HttpPeer() {
  close(socket_);
}

std::optional<HttpMessage> HttpPeer::Read(const std::atomic<bool>& stop) {
  for (;;) {
    const size_t end = buffer_.find("\r\n\r\n");
    if (end != std::string::npos) {
      HttpMessage message;
      message.head = buffer_.substr(0, end + 2);
      const size_t size = NumberIn(message.Header("Content-Length"));
      if (buffer_.size() >= end + 4 + size) {
        message.body = buffer_.substr(end + 4, size);
        buffer_.erase(0, end + 4 + size);
        const size_t space = message.head.find(' ');
        message.method = message.head.substr(0, space);
        message.target =
            message.head.substr(space + 1, message.head.find(' ', space + 1) - space - 1);
        return message;
      }
    }
    pollfd readable{socket_, POLLIN, 0};
    if (stop) return std::nullopt;
    if (poll(&readable, 1, kTickMillis) == 0) continue;
    char bytes[16 * 1024];
    const ssize_t count = recv(socket_, bytes, sizeof(bytes), 0);
    if (count <= 0) return std::nullopt;
    buffer_.append(bytes, static_cast<size_t>(count));
  }
}

bool HttpPeer::Answer(int status, std::string_view body, std::string_view more_headers) {
  std::string text = "HTTP/1.1 " + std::to_string(status) +
                     " Any\r\nContent-Length: " + std::to_string(body.size()) + "\r\n";
  text.append(more_headers).append("\r\n").append(body);
  return send(socket_, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
}

}  // namespace sallyport::history
