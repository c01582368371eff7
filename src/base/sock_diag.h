// The messages with which the kernel is asked about one TCP socket of this host (sock_diag(7)),
// without the socket that carries them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/ip.h"
#include "base/result.h"

namespace sallyport::base {

// The two ends of a connected socket, from the point of view of the process that has it.
struct TcpEnds {
  IpAddress near;
  uint16_t near_port;
  IpAddress far;
  uint16_t far_port;

  bool operator==(const TcpEnds&) const = default;
};

// The question who has the socket with these ends, for a NETLINK_SOCK_DIAG socket. An IPv4 address
// also finds an IPv6 socket that is connected to ::ffff:127.0.0.1.
std::string SockDiagQuestion(const TcpEnds& ends);

// The user who created that socket, from the kernel's answer. The error is a text that says why
// there is none: the kernel knows no such socket, answers about another one, says that the socket
// is not connected, or says that no process has it any more. In the last case the kernel's answer
// names user 0, who is not meant.
Result<uid_t, std::string> ReadSockDiagAnswer(std::string_view bytes, const TcpEnds& ends);

}  // namespace sallyport::base
