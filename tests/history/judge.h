// Judge: whether a History keeps the promise. A pure function.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "history.h"

namespace sallyport::history {

struct Bounds {
  Nanos ttl = 2 * kSecond;
  Nanos stream_recheck = kSecond;
  // What a busy machine may add to a bound of the protocol. The rule that nothing which is sent
  // after the answer is allowed has no such tolerance.
  Nanos slack = 2 * kSecond;
  // What it may add to the answer of a revoke in addition: the caller's threads and the server's
  // wait for each other, and passwords are hashed by threads of low priority.
  Nanos answer_slack = 3 * kSecond;
  // How long a request whose decision had begun before the answer may take to reach the upstream.
  Nanos finish = 300 * kMillisecond;
  // For so long the answer to a revoke may wait for another server that is lost.
  Nanos lost_server = 0;
  // Gates that say themselves how old an answer may be by which they allow: for so long after the
  // answer to a revoke, what they allow counts as if it had been sent before.
  std::map<Id, Nanos> staleness = {};

  Nanos margin() const { return ttl / 4 + 50 * kMillisecond; }
  Nanos recovery() const { return ttl + ttl / 2 + margin() + slack; }
};

struct Counts {
  int64_t revokes = 0;         // answered with success
  int64_t allowed = 0;         // requests
  int64_t denied = 0;          // requests
  int64_t denied_revoked = 0;  // requests sent after the answer of a revoke of their token
  int64_t denied_soon = 0;     // of these, sent within 5 ms after it
  int64_t bodies_stopped = 0;  // requests whose body ended after such an answer, and got nowhere
  int64_t in_flight = 0;       // requests under way when a revoke of their token was answered
  int64_t denied_blind = 0;    // requests refused because no lease could be
  int64_t denied_forged = 0;   // requests with a token that no server of ours has signed
  int64_t streams_closed = 0;
  int64_t checks = 0;
  int64_t calls = 0;           // that had to succeed, and did
  int64_t allowed_spared = 0;  // requests, during a fault that must deny nobody anything
};

// What a history must contain at least to prove anything.
using Demands = Counts;

// The rule that was broken:
//
// clang-format off
//   allowed-after-answer    a request that was sent after the answer was allowed
//   forged-allowed          a token that no server of ours has signed was allowed
//   allowed-late            a request that was under way at the answer was allowed long after it
//   stream-after-answer     a stream outlived the answer by more than its recheck
//   allowed-without-lease   a gate allowed something although no lease could be valid
//   refused-though-live     without any fault, a token that nobody has revoked was refused
//   stream-cut-though-live  the same for a stream
//   revoke-late             the answer to a revocation took longer than its bound
//   revoke-failed           a revocation was not answered with success, and no fault excuses that
//   call-failed             a call failed at a server that had no fault
//   not-served-again        no request was allowed after a fault had ended
//   check-failed            a Check did not hold
//   vacuous                 a demand is not met
// clang-format on
struct Violation {
  std::string rule;
  std::string detail;
  Id gate = kNone;  // where; kNone: it is not about one gate
};

// True for the rules whose violation breaks the promise itself.
bool BreaksPromise(const Violation& violation);

struct Verdict {
  Counts counts;
  std::vector<Violation> violations;
};

Verdict Judge(const History& history, const Bounds& bounds, const Demands& demands);

}  // namespace sallyport::history
