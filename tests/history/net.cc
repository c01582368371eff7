#include "net.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <random>
#include <set>

namespace sallyport::history {
namespace {

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void SendAtOnce(int fd) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

}  // namespace

int Listen(uint16_t* port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof(address);
  if (fd < 0 || bind(fd, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
      listen(fd, 512) != 0 || getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::perror("error: no loopback listener");
    std::exit(2);
  }
  *port = ntohs(address.sin_port);
  return fd;
}

uint16_t FreePort() {
  // Each is given out once: what asks for two before it uses the first needs two.
  static std::mutex mutex;
  static std::set<uint16_t> given;
  const std::lock_guard lock(mutex);
  std::random_device random;
  for (;;) {
    // None of the ports that the system gives to programs which ask for any port, nor of those that
    // the end-to-end tests take (21,000 to 31,999).
    const auto port =
        static_cast<uint16_t>(std::uniform_int_distribution<int>(10'000, 20'999)(random));
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = Loopback(port);
    const bool free = bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
    close(fd);
    if (free && given.insert(port).second) return port;
  }
}

int ConnectTo(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  SendAtOnce(fd);
  const sockaddr_in address = Loopback(port);
  connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address));
  return fd;
}

int Accept(int listener) {
  const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd >= 0) SendAtOnce(fd);
  return fd;
}

int SocketFor(const Endpoint& endpoint) {
  if (endpoint.network < 0) return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  // A socket stays in the namespace in which its thread was when it made it.
  static const int kHome = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  if (setns(endpoint.network, CLONE_NEWNET) != 0) return -1;
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (setns(kHome, CLONE_NEWNET) != 0) {
    std::perror("error: no way back to the network namespace");
    std::exit(2);
  }
  return fd;
}

}  // namespace sallyport::history
