#include "base/socket_owner.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string>
#include <utility>

namespace sallyport::base {
namespace {

constexpr uid_t kNobody = 65534;

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { Close(); }
  void Close() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

// Listens on 127.0.0.1, or on ::1.
class Listener {
 public:
  explicit Listener(int family) : fd_(socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (family == AF_INET) {
      auto& v4 = reinterpret_cast<sockaddr_in&>(address_);
      v4.sin_family = AF_INET;
      v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      size_ = sizeof v4;
    } else {
      auto& v6 = reinterpret_cast<sockaddr_in6&>(address_);
      v6.sin6_family = AF_INET6;
      v6.sin6_addr = in6addr_loopback;
      size_ = sizeof v6;
    }
    listens_ = bind(fd_.get(), address(), size_) == 0 && listen(fd_.get(), 8) == 0 &&
               getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&address_), &size_) == 0;
  }
  bool listens() const { return listens_; }
  const sockaddr* address() const { return reinterpret_cast<const sockaddr*>(&address_); }
  socklen_t size() const { return size_; }
  uint16_t port() const { return reinterpret_cast<const sockaddr_in&>(address_).sin_port; }

  Descriptor Accept() const {
    return Descriptor(accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  }

 private:
  Descriptor fd_;
  sockaddr_storage address_{};
  socklen_t size_ = 0;
  bool listens_ = false;
};

Descriptor ConnectTo(const sockaddr* address, socklen_t size) {
  Descriptor fd(socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connect(fd.get(), address, size) != 0) return Descriptor();
  return fd;
}

// A process of another user that connects and then waits to be killed.
class Stranger {
 public:
  explicit Stranger(const Listener& listener) : pid_(fork()) {
    if (pid_ != 0) return;
    if (setresuid(kNobody, kNobody, kNobody) != 0) _exit(1);
    const Descriptor fd = ConnectTo(listener.address(), listener.size());
    for (;;) pause();
  }
  ~Stranger() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Stranger(const Stranger&) = delete;
  Stranger& operator=(const Stranger&) = delete;

 private:
  const pid_t pid_;
};

TEST(SocketOwner, IsThisProcessUserOfItsOwnConnectionOverEitherFamily) {
  for (const int family : {AF_INET, AF_INET6}) {
    const Listener listener(family);
    if (!listener.listens() && family == AF_INET6) continue;  // a host without IPv6
    ASSERT_TRUE(listener.listens());
    const Descriptor client = ConnectTo(listener.address(), listener.size());
    const Descriptor server = listener.Accept();
    const auto owner = OwnerOfOtherEnd(server.get());
    ASSERT_TRUE(owner.ok()) << owner.error().cause;
    EXPECT_EQ(*owner, geteuid());
    EXPECT_TRUE(CheckOtherEndIsOwn(server.get()).ok());
  }
}

TEST(SocketOwner, FindsAClientThatReachesIpv4ByAnIpv6Socket) {
  const Listener listener(AF_INET);
  sockaddr_in6 mapped{};
  mapped.sin6_family = AF_INET6;
  mapped.sin6_port = listener.port();
  ASSERT_EQ(inet_pton(AF_INET6, "::ffff:127.0.0.1", &mapped.sin6_addr), 1);
  const Descriptor client = ConnectTo(reinterpret_cast<const sockaddr*>(&mapped), sizeof mapped);
  if (client.get() < 0) GTEST_SKIP() << "a host without IPv6";
  const Descriptor server = listener.Accept();
  EXPECT_TRUE(CheckOtherEndIsOwn(server.get()).ok());
}

TEST(SocketOwner, TellsAnotherUser) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can run a process of another user";
  const Listener listener(AF_INET);
  const Stranger stranger(listener);
  const Descriptor server = listener.Accept();
  const auto owner = OwnerOfOtherEnd(server.get());
  ASSERT_TRUE(owner.ok()) << owner.error().cause;
  EXPECT_EQ(*owner, kNobody);
  EXPECT_FALSE(CheckOtherEndIsOwn(server.get()).ok());
}

// For a socket that no process has any more, the kernel says user 0.
TEST(SocketOwner, IsUnknownOnceTheClientHasClosedWhoeverItWas) {
  const Listener listener(AF_INET);
  Descriptor client = ConnectTo(listener.address(), listener.size());
  const Descriptor server = listener.Accept();
  client.Close();
  const auto owner = OwnerOfOtherEnd(server.get());
  EXPECT_FALSE(owner.ok());
  EXPECT_FALSE(CheckOtherEndIsOwn(server.get()).ok());
}

TEST(SocketOwner, StaysKnownWhileTheClientHasOnlyEndedItsSide) {
  const Listener listener(AF_INET);
  const Descriptor client = ConnectTo(listener.address(), listener.size());
  const Descriptor server = listener.Accept();
  ASSERT_EQ(shutdown(client.get(), SHUT_WR), 0);
  EXPECT_TRUE(CheckOtherEndIsOwn(server.get()).ok());
}

TEST(SocketOwner, IsUnknownOfWhatIsNoConnection) {
  const Listener listener(AF_INET);
  const Descriptor alone(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  const Descriptor first(pair[0]), second(pair[1]);
  for (const int fd : {-1, alone.get(), first.get()}) EXPECT_FALSE(OwnerOfOtherEnd(fd).ok()) << fd;
}

TEST(SocketOwner, IsUnknownOnceTheClientHasResetTheConnectionEvenWhereItsPortIsTakenAnew) {
  const Listener listener(AF_INET);
  ASSERT_TRUE(listener.listens());
  // From an address that no other process uses: a port of it is free again at once.
  sockaddr_in own{};
  own.sin_family = AF_INET;
  own.sin_addr.s_addr = htonl(0x7f4d'4237);
  const auto connect_from = [&] {
    Descriptor fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    socklen_t size = sizeof own;
    EXPECT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&own), size), 0) << std::strerror(errno);
    EXPECT_EQ(connect(fd.get(), listener.address(), listener.size()), 0);
    EXPECT_EQ(getsockname(fd.get(), reinterpret_cast<sockaddr*>(&own), &size), 0);
    return fd;
  };
  Descriptor client = connect_from();
  const Descriptor accepted = listener.Accept();
  ASSERT_TRUE(CheckOtherEndIsOwn(accepted.get()));
  const linger reset{1, 0};
  ASSERT_EQ(setsockopt(client.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset), 0);
  client.Close();
  EXPECT_FALSE(OwnerOfOtherEnd(accepted.get()));
  const Descriptor again = connect_from();
  EXPECT_FALSE(OwnerOfOtherEnd(accepted.get())) << "the new connection is another one";
  EXPECT_TRUE(CheckOtherEndIsOwn(listener.Accept().get()));
}

TEST(SocketOwner, IsUnknownBeyondLoopbackThoughItMayBeThisHosts) {
  // Another address of this host: the one from which a UDP socket would send (it sends nothing).
  const Descriptor probe(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in far{};
  far.sin_family = AF_INET;
  far.sin_port = htons(9);
  far.sin_addr.s_addr = htonl(0xc000'0201);
  if (connect(probe.get(), reinterpret_cast<sockaddr*>(&far), sizeof far) != 0) {
    GTEST_SKIP() << "the host has no other address";
  }
  sockaddr_in own{};
  socklen_t size = sizeof own;
  ASSERT_EQ(getsockname(probe.get(), reinterpret_cast<sockaddr*>(&own), &size), 0);
  own.sin_port = 0;
  const Descriptor listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_EQ(bind(listener.get(), reinterpret_cast<sockaddr*>(&own), size), 0);
  ASSERT_EQ(listen(listener.get(), 1), 0);
  ASSERT_EQ(getsockname(listener.get(), reinterpret_cast<sockaddr*>(&own), &size), 0);
  const Descriptor client = ConnectTo(reinterpret_cast<sockaddr*>(&own), size);
  const Descriptor accepted(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
  const auto owner = OwnerOfOtherEnd(accepted.get());
  ASSERT_FALSE(owner);
  EXPECT_NE(owner.error().cause.find("not a loopback address"), std::string::npos)
      << owner.error().cause;
}

}  // namespace
}  // namespace sallyport::base
