// A proxy's end of a connection, with blocking calls that give up after some seconds.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <utility>

namespace sallyport::ext_authz {

class Client {
 public:
  explicit Client(int fd) : fd_(fd) {
    const timeval limit{10, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  }
  Client(Client&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Client& operator=(Client&&) = delete;
  ~Client() { Close(); }

  static Client ConnectTo(const std::string& path) {
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    EXPECT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    return Client(fd);
  }

  void Close() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }
  void Send(std::string_view bytes) {
    EXPECT_EQ(send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  // Reads until `received` ends with `end`, or the peer has closed.
  std::string ReadUntil(std::string_view end) {
    std::string received;
    char piece[4096];
    while (!received.ends_with(end) || end.empty()) {
      const ssize_t size = recv(fd_, piece, sizeof(piece), 0);
      if (size <= 0) break;
      received.append(piece, static_cast<size_t>(size));
    }
    return received;
  }
  std::string ReadAll() { return ReadUntil(""); }
  // The answer to a HEAD, or to a GET that is answered without a body.
  std::string ReadHead() { return ReadUntil("\r\n\r\n"); }

 private:
  int fd_;
};

}  // namespace sallyport::ext_authz
