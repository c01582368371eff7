// Sockets between the checker and the processes that it drives.
#pragma once

#include <cstdint>
#include <vector>

namespace sallyport::history {

// Where a process listens: on 127.0.0.1, in the checker's network namespace or in another one.
struct Endpoint {
  Endpoint(uint16_t number) : port(number) {}  // NOLINT(google-explicit-constructor)
  Endpoint(uint16_t number, int space) : port(number), network(space) {}

  uint16_t port;
  int network = -1;  // a namespace (Network::NamespaceOf); -1: the checker's
};
using Endpoints = std::vector<Endpoint>;

// A non-blocking listener on a free port of 127.0.0.1. Ends the process where there is none.
int Listen(uint16_t* port);
// A port of 127.0.0.1 on which nobody listens now. Others may take it before it is used; the caller
// then sees that a process does not start.
uint16_t FreePort();
// A non-blocking socket that connects to 127.0.0.1, and one that was accepted (-1: none is
// waiting). What is sent through them goes out at once.
int ConnectTo(uint16_t port);
int Accept(int listener);
// A blocking socket of the endpoint's namespace, which nothing is connected to yet. -1: this user
// may not have one.
int SocketFor(const Endpoint& endpoint);

}  // namespace sallyport::history
