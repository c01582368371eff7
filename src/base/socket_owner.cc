#include "base/socket_owner.h"

#include <fmt/format.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

namespace sallyport::base {
namespace {

// The kernel answers while it is asked; this is for one that does not.
constexpr timeval kPatience{.tv_sec = 1, .tv_usec = 0};
// As the kernel has it (include/net/tcp_states.h): a socket that listens is no end of a connection.
constexpr uint8_t kListening = 10;

struct Query {
  nlmsghdr header;
  inet_diag_req_v2 request;
};

Error Unknown(std::string cause) {
  return InternalError("whose the other end of a connection is, is not known: " + std::move(cause));
}

Error Failed(const char* call) {
  return Unknown(fmt::format("{}: {}", call, std::strerror(errno)));
}

class NetlinkSocket {
 public:
  NetlinkSocket() : fd_(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)) {
    if (fd_ >= 0) setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
  }
  ~NetlinkSocket() {
    if (fd_ >= 0) close(fd_);
  }
  NetlinkSocket(const NetlinkSocket&) = delete;
  NetlinkSocket& operator=(const NetlinkSocket&) = delete;
  int fd() const { return fd_; }

 private:
  const int fd_;
};

// Address and port of an end as sock_diag wants them.
bool PutEnd(const sockaddr_storage& end, __be32 (&address)[4], __be16& port) {
  if (end.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(end);
    address[0] = v4.sin_addr.s_addr;
    port = v4.sin_port;
    return true;
  }
  if (end.ss_family != AF_INET6) return false;
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(end);
  std::memcpy(address, &v6.sin6_addr, sizeof address);
  port = v6.sin6_port;
  return true;
}

// The query for the socket that has our ends the other way round.
Result<Query> QueryFor(int fd) {
  sockaddr_storage own{}, other{};
  socklen_t own_size = sizeof own, other_size = sizeof other;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&own), &own_size) != 0) {
    return Failed("getsockname");
  }
  if (getpeername(fd, reinterpret_cast<sockaddr*>(&other), &other_size) != 0) {
    return Failed("getpeername");
  }
  Query query{};
  query.header = {.nlmsg_len = sizeof query,
                  .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                  .nlmsg_flags = NLM_F_REQUEST,
                  .nlmsg_seq = 1,
                  .nlmsg_pid = 0};
  query.request.sdiag_family = static_cast<uint8_t>(own.ss_family);
  query.request.sdiag_protocol = IPPROTO_TCP;
  query.request.idiag_states = ~0U;
  inet_diag_sockid& id = query.request.id;
  if (!PutEnd(other, id.idiag_src, id.idiag_sport) || !PutEnd(own, id.idiag_dst, id.idiag_dport)) {
    return Unknown("it is no TCP connection");
  }
  id.idiag_cookie[0] = id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  return query;
}

Result<inet_diag_msg> Ask(const Query& query) {
  const NetlinkSocket netlink;
  if (netlink.fd() < 0) return Failed("netlink");
  if (send(netlink.fd(), &query, sizeof query, 0) != sizeof query) return Failed("sock_diag");
  alignas(nlmsghdr) std::array<char, 4096> bytes{};
  const ssize_t size = recv(netlink.fd(), bytes.data(), bytes.size(), 0);
  if (size < 0) return Failed("sock_diag");
  const auto* header = reinterpret_cast<const nlmsghdr*>(bytes.data());
  if (!NLMSG_OK(header, static_cast<uint32_t>(size))) return Unknown("a short answer of sock_diag");
  if (header->nlmsg_type == NLMSG_ERROR && header->nlmsg_len >= NLMSG_LENGTH(sizeof(nlmsgerr))) {
    const int error = -static_cast<const nlmsgerr*>(NLMSG_DATA(header))->error;
    if (error == ENOENT) return Unknown("it is on no socket of this host");
    return Unknown(fmt::format("sock_diag: {}", std::strerror(error)));
  }
  if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY ||
      header->nlmsg_len < NLMSG_LENGTH(sizeof(inet_diag_msg))) {
    return Unknown("an answer of sock_diag that was not asked for");
  }
  return *static_cast<const inet_diag_msg*>(NLMSG_DATA(header));
}

}  // namespace

Result<uid_t> OwnerOfOtherEnd(int fd) {
  SALLYPORT_ASSIGN(const Query query, QueryFor(fd));
  SALLYPORT_ASSIGN(const inet_diag_msg socket, Ask(query));
  // Where the connection is gone the kernel may find who listens on its port.
  if (socket.idiag_state == kListening || socket.id.idiag_dport != query.request.id.idiag_dport) {
    return Unknown("the connection is gone");
  }
  if (socket.idiag_inode == 0) return Unknown("its process has closed it");
  return socket.idiag_uid;
}

Status CheckOtherEndIsOwn(int fd) {
  SALLYPORT_ASSIGN(const uid_t owner, OwnerOfOtherEnd(fd));
  if (owner == geteuid()) return {};
  return InternalError(fmt::format("the other end of the connection belongs to user {}, not to {}",
                                   owner, geteuid()));
}

}  // namespace sallyport::base
