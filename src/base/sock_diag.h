// What the kernel is asked, and answers, about one TCP socket of this host: the messages of
// sock_diag(7), without the socket that carries them.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/ip.h"
#include "base/result.h"

namespace sallyport::base {

// The two ends of a connected socket, as the process that holds it sees them.
struct TcpEnds {
  IpAddress near;
  uint16_t near_port;
  IpAddress far;
  uint16_t far_port;

  bool operator==(const TcpEnds&) const = default;
};

// The question who holds the socket with these ends, for a NETLINK_SOCK_DIAG socket. An IPv4 end
// also finds a socket of IPv6 that is connected to ::ffff:127.0.0.1.
std::string SockDiagQuestion(const TcpEnds& ends);

// The user who made that socket, from the answer to the question. The error says in words why there
// is none: the kernel knows no such socket, or it answers about another one, or the socket is not
// connected, or no process holds it any longer. In the last case the kernel says user 0, who is not
// meant.
Result<uid_t, std::string> ReadSockDiagAnswer(std::string_view bytes, const TcpEnds& ends);

}  // namespace sallyport::base
