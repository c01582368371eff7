// Loopback sockets.
#pragma once

#include <cstdint>

namespace sallyport::history {

// A non-blocking listener on a free port of 127.0.0.1. Ends the process where there is none.
int Listen(uint16_t* port);
// A port of 127.0.0.1 on which nobody listens now. Others may take it before it is used; the caller
// then sees that a process does not start.
uint16_t FreePort();
// A non-blocking socket that connects to 127.0.0.1, and one that was accepted (-1: none is
// waiting). What is sent through them goes out at once.
int ConnectTo(uint16_t port);
int Accept(int listener);

}  // namespace sallyport::history
