#include "base/socket_owner.h"

#include <fmt/format.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>

#include "base/ip.h"
#include "base/sock_diag.h"

namespace sallyport::base {
namespace {

// Much more than the kernel sends when no attributes are requested.
constexpr size_t kGreatestAnswer = 1024;

Error Unknown(std::string cause) {
  return InternalError("the user at the other end of a connection cannot be determined: " +
                       std::move(cause));
}

Error Failed(const char* call) {
  return Unknown(fmt::format("{}: {}", call, std::strerror(errno)));
}

class NetlinkSocket {
 public:
  NetlinkSocket() : fd_(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)) {}
  ~NetlinkSocket() {
    if (fd_ >= 0) close(fd_);
  }
  NetlinkSocket(const NetlinkSocket&) = delete;
  NetlinkSocket& operator=(const NetlinkSocket&) = delete;
  int fd() const { return fd_; }

 private:
  const int fd_;
};

struct End {
  IpAddress address;
  uint16_t port;
};

std::optional<End> EndOf(const sockaddr_storage& name) {
  if (name.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(name);
    std::array<uint8_t, 4> bytes;
    std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
    return End{IpAddress::V4(bytes), ntohs(v4.sin_port)};
  }
  if (name.ss_family != AF_INET6) return std::nullopt;
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(name);
  std::array<uint8_t, 16> bytes;
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  return End{IpAddress::V6(bytes), ntohs(v6.sin6_port)};
}

// The two ends from the other side's point of view.
Result<TcpEnds> OtherEndsOf(int fd) {
  sockaddr_storage own_name{}, other_name{};
  socklen_t own_size = sizeof own_name, other_size = sizeof other_name;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&own_name), &own_size) != 0) {
    return Failed("getsockname");
  }
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&other_name), &other_size) != 0) {
    return Failed("getpeername");
  }
  const auto own = EndOf(own_name), other = EndOf(other_name);
  if (!own || !other) return Unknown("it is not a TCP connection");
  if (!other->address.loopback()) return Unknown("it is not a loopback address");
  return TcpEnds{
      .near = other->address, .near_port = other->port, .far = own->address, .far_port = own->port};
}

// The kernel answers while the question is being sent.
Result<uid_t> Ask(const TcpEnds& ends) {
  const NetlinkSocket netlink;
  if (netlink.fd() < 0) return Failed("netlink");
  const std::string question = SockDiagQuestion(ends);
  if (send(netlink.fd(), question.data(), question.size(), 0) < 0) return Failed("sock_diag");
  std::array<char, kGreatestAnswer> bytes;
  const ssize_t size = recv(netlink.fd(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (size < 0) return Failed("sock_diag");
  const auto owner = ReadSockDiagAnswer({bytes.data(), static_cast<size_t>(size)}, ends);
  if (!owner) return Unknown(owner.error());
  return *owner;
}

// While the socket is open, no other connection can have the same two ends.
bool IsOpen(int fd) {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return false;
  return info.tcpi_state == TCP_ESTABLISHED || info.tcpi_state == TCP_CLOSE_WAIT;
}

// Whether `user` stands for all users that this user namespace does not know, for example those of
// another container that shares the host's network.
bool StandsForOthers(uid_t user) {
  uid_t overflow = 65'534;
  std::ifstream("/proc/sys/kernel/overflowuid") >> overflow;
  if (user != overflow) return false;
  uint64_t inside = 1, outside = 1, count = 0;
  std::ifstream("/proc/self/uid_map") >> inside >> outside >> count;
  const bool knows_all = inside == 0 && outside == 0 && count == UINT32_MAX;
  return !knows_all;
}

}  // namespace

Result<uid_t> OwnerOfOtherEnd(int fd) {
  SALLYPORT_ASSIGN(const TcpEnds ends, OtherEndsOf(fd));
  SALLYPORT_ASSIGN(const uid_t owner, Ask(ends));
  if (!IsOpen(fd)) return Unknown("the connection is gone");
  if (StandsForOthers(owner)) {
    return Unknown("it belongs to a user whom this user namespace does not know");
  }
  return owner;
}

Status CheckOtherEndIsOwn(int fd) {
  SALLYPORT_ASSIGN(const uid_t owner, OwnerOfOtherEnd(fd));
  if (owner == geteuid()) return {};
  return InternalError(fmt::format("the other end of the connection belongs to user {}, not to {}",
                                   owner, geteuid()));
}

}  // namespace sallyport::base
