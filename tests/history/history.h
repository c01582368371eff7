// History: what clients have seen a run of real processes do, on one clock (CLOCK_MONOTONIC,
// nanoseconds). The clients write it, and Judge (judge.h) reads it.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

namespace sallyport::history {

using Nanos = int64_t;
inline constexpr Nanos kMillisecond = 1'000'000;
inline constexpr Nanos kSecond = 1'000 * kMillisecond;

// Indices into History's vectors; kNone: none, or all.
using Id = int32_t;
inline constexpr Id kNone = -1;

struct Token {
  Id family = kNone;
  Id user = kNone;
  Id client = kNone;
  Id pool = kNone;
  bool access = false;  // else an ID token
  bool forged = false;  // signed by somebody who is no server of ours
  Nanos asked = 0;      // taken before its sign-in was sent
  Nanos issued = 0;     // taken after the answer of its sign-in was read
};

enum class Scope : uint8_t { kFamily, kUser, kClient, kPool };

// One attempt at a revoking call. It revokes the tokens of `target` that were issued before it was
// sent, except those of `spared_family`.
struct Revoke {
  std::string cause{};  // the operation's name
  Scope scope = Scope::kFamily;
  Id target = kNone;
  Id spared_family = kNone;
  Nanos sent = 0;      // taken before the first byte was sent
  Nanos answered = 0;  // taken after the whole answer was read, or when it was given up
  int status = 0;      // of HTTP; 0: no answer
  Id server = 0;       // of several, the one that was asked
};

// A call that should have succeeded, at a server where it must.
struct Call {
  std::string what{};
  Id server = 0;
  Nanos sent = 0;
  Nanos answered = 0;
  int status = 0;  // of HTTP; 0: no answer
};

// One request to a gate.
struct Request {
  Id token = kNone;
  Id gate = 0;
  Nanos first_sent = 0;  // taken before the first byte was sent
  Nanos last_sent = 0;   // taken before the last bytes were sent; later only for a slow body
  Nanos done = 0;        // taken after the answer was read, or when it was given up
  int status = 0;        // of HTTP; 0: no answer
  Nanos reached = 0;     // when the upstream had read it whole; 0: never
};

// A WebSocket through a gate.
struct Stream {
  Id token = kNone;
  Id gate = 0;
  Nanos opened = 0;     // taken after the 101 was read
  Nanos last_byte = 0;  // taken after the last byte from the upstream was read
  Nanos ended = 0;      // when the gate closed it, or when the client itself gave up
  bool closed_by_gate = false;
};

// Something that was done to the processes.
struct Fault {
  std::string what{};
  Id gate = kNone;            // the only one concerned; kNone: all
  bool server = false;        // calls to the server may fail or hang
  Id at_server = kNone;       // the only one of several of which `server` speaks; kNone: all
  bool spares_gates = false;  // gates must go on as if nothing had happened
  bool stops_gate = false;    // requests may hang, and decisions under way with them
  bool ends_renewal = false;  // from here on no lease is renewed, until the remedy
  Nanos from = 0;             // taken after it took effect
  Nanos begun = 0;            // taken before it could take effect
  Nanos remedy = 0;           // taken before the remedy could take effect
  Nanos to = 0;               // taken after the remedy had taken effect
};

// A fact that must hold, asked for directly ("this acknowledged user exists").
struct Check {
  std::string what{};
  std::string detail{};
  bool held = false;
};

struct History {
  std::vector<Token> tokens;
  std::vector<Revoke> revokes;
  std::vector<Call> calls;
  std::vector<Request> requests;
  std::vector<Stream> streams;
  std::vector<Fault> faults;
  std::vector<Check> checks;
};

// JSON lines, one object an event, its kind in "event".
void Write(const History& history, std::ostream& out);

}  // namespace sallyport::history
