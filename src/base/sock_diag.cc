#include "base/sock_diag.h"

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <array>
#include <cstring>
#include <optional>
#include <system_error>

namespace sallyport::base {
namespace {

struct Question {
  nlmsghdr header;
  inet_diag_req_v2 request;
};
static_assert(sizeof(Question) == sizeof(nlmsghdr) + sizeof(inet_diag_req_v2));

void SetAddress(const IpAddress& address, uint32_t (&words)[4]) {
  const std::string_view bytes = address.First(sizeof words);
  std::memcpy(words, bytes.data(), bytes.size());
}

IpAddress AddressOf(uint8_t family, const uint32_t (&words)[4]) {
  std::array<uint8_t, 16> bytes;
  std::memcpy(bytes.data(), words, bytes.size());
  if (family == AF_INET6) return IpAddress::V6(bytes);
  return IpAddress::V4({bytes[0], bytes[1], bytes[2], bytes[3]});
}

TcpEnds EndsOf(const inet_diag_msg& message) {
  const inet_diag_sockid& id = message.id;
  return {.near = AddressOf(message.idiag_family, id.idiag_src),
          .near_port = ntohs(id.idiag_sport),
          .far = AddressOf(message.idiag_family, id.idiag_dst),
          .far_port = ntohs(id.idiag_dport)};
}

// The first bytes, read as a `T`.
template <typename T>
std::optional<T> Take(std::string_view& bytes) {
  if (bytes.size() < sizeof(T)) return std::nullopt;
  T value;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes.remove_prefix(sizeof value);
  return value;
}

std::string CutShort() {
  return "the kernel's answer ends too early";
}

// A kernel without the module tcp_diag gives the same answer as for an unknown socket.
std::string ErrorIn(std::string_view payload) {
  const auto number = Take<int32_t>(payload);
  if (!number) return CutShort();
  if (*number == -ENOENT) {
    return "this host has no such socket (or the kernel has no tcp_diag)";
  }
  return "sock_diag: " + std::generic_category().message(*number > INT32_MIN ? -*number : 0);
}

// A peer that has closed its own direction may still read the answer.
bool IsConnected(uint8_t state) {
  return state == TCP_ESTABLISHED || state == TCP_FIN_WAIT1 || state == TCP_FIN_WAIT2;
}

}  // namespace

std::string SockDiagQuestion(const TcpEnds& ends) {
  Question question{};
  question.header.nlmsg_len = sizeof question;
  question.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  question.header.nlmsg_flags = NLM_F_REQUEST;
  question.request.sdiag_family = ends.near.v4() ? AF_INET : AF_INET6;
  question.request.sdiag_protocol = IPPROTO_TCP;
  question.request.idiag_states = UINT32_MAX;
  inet_diag_sockid& id = question.request.id;
  SetAddress(ends.near, id.idiag_src);
  SetAddress(ends.far, id.idiag_dst);
  id.idiag_sport = htons(ends.near_port);
  id.idiag_dport = htons(ends.far_port);
  id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
  id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
  return {reinterpret_cast<const char*>(&question), sizeof question};
}

Result<uid_t, std::string> ReadSockDiagAnswer(std::string_view bytes, const TcpEnds& ends) {
  const size_t size = bytes.size();
  const auto header = Take<nlmsghdr>(bytes);
  if (!header || header->nlmsg_len < sizeof *header || header->nlmsg_len > size) return CutShort();
  bytes = bytes.substr(0, header->nlmsg_len - sizeof *header);
  if (header->nlmsg_type == NLMSG_ERROR) return ErrorIn(bytes);
  if (header->nlmsg_type != SOCK_DIAG_BY_FAMILY) {
    return std::string("the kernel's answer does not match the question");
  }
  const auto message = Take<inet_diag_msg>(bytes);
  if (!message) return CutShort();
  if (!(EndsOf(*message) == ends)) {
    return std::string("the kernel's answer is about another socket");
  }
  if (!IsConnected(message->idiag_state)) return std::string("it is not connected");
  if (message->idiag_inode == 0) return std::string("its process has closed it");
  return uid_t{message->idiag_uid};
}

}  // namespace sallyport::base
