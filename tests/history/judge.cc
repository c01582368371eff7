#include "judge.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>

namespace sallyport::history {
namespace {

constexpr Nanos kNever = std::numeric_limits<Nanos>::max();
constexpr Nanos kSoon = 5 * kMillisecond;

bool Succeeded(int status) {
  return status >= 200 && status < 300;
}

// 502 and 504 mean that the gate had allowed the request and the upstream failed.
bool Allowed(const Request& request) {
  return request.reached != 0 || Succeeded(request.status) || request.status == 101 ||
         request.status == 502 || request.status == 504;
}

bool Concerns(const Fault& fault, Id gate) {
  return fault.gate == kNone || fault.gate == gate;
}

// Whether calls to this server may fail.
bool At(const Fault& fault, Id server) {
  return fault.server && (fault.at_server == kNone || fault.at_server == server);
}

class Bench {
 public:
  Bench(const History& history, const Bounds& bounds) : history_(history), bounds_(bounds) {
    dead_from_.assign(history.tokens.size(), kNever);
    doubtful_from_.assign(history.tokens.size(), kNever);
    for (Id id = 0; id < static_cast<Id>(history.tokens.size()); ++id) {
      const Token& token = history.tokens[id];
      by_target_[{Scope::kFamily, token.family}].push_back(id);
      by_target_[{Scope::kUser, token.user}].push_back(id);
      by_target_[{Scope::kClient, token.client}].push_back(id);
      by_target_[{Scope::kPool, token.pool}].push_back(id);
    }
    for (const Revoke& revoke : history.revokes) IndexRevoke(revoke);
  }

  void JudgeRequests() {
    for (const Request& request : history_.requests) JudgeRequest(request);
  }

  void JudgeStreams() {
    for (const Stream& stream : history_.streams) JudgeStream(stream);
  }

  void JudgeRevokes() {
    for (const Revoke& revoke : history_.revokes) JudgeRevoke(revoke);
  }

  void JudgeCalls() {
    for (const Call& call : history_.calls) {
      if (Succeeded(call.status)) {
        ++verdict_.counts.calls;
        continue;
      }
      const bool excused =
          std::any_of(history_.faults.begin(), history_.faults.end(), [&](const Fault& fault) {
            return At(fault, call.server) && fault.begun < call.answered &&
                   fault.to + bounds_.recovery() > call.sent;
          });
      if (excused) continue;
      Object("call-failed", call.what + " got " + std::to_string(call.status) + " from server " +
                                std::to_string(call.server) + " after " +
                                Millis(call.answered - call.sent) + ", at " +
                                std::to_string(call.sent));
    }
  }

  void JudgeFaults() {
    for (const Fault& fault : history_.faults) {
      const bool served = std::any_of(history_.requests.begin(), history_.requests.end(),
                                      [&](const Request& request) {
                                        return request.first_sent > fault.to &&
                                               Concerns(fault, request.gate) && Allowed(request);
                                      });
      if (!served) Object("not-served-again", fault.what);
    }
  }

  void JudgeChecks() {
    for (const Check& check : history_.checks) {
      ++verdict_.counts.checks;
      if (!check.held) Object("check-failed", check.what + ": " + check.detail);
    }
  }

  void JudgeDemands(const Demands& demands) {
    const Counts& counts = verdict_.counts;
    Demand("revokes", counts.revokes, demands.revokes);
    Demand("allowed", counts.allowed, demands.allowed);
    Demand("denied", counts.denied, demands.denied);
    Demand("denied_revoked", counts.denied_revoked, demands.denied_revoked);
    Demand("denied_soon", counts.denied_soon, demands.denied_soon);
    Demand("bodies_stopped", counts.bodies_stopped, demands.bodies_stopped);
    Demand("in_flight", counts.in_flight, demands.in_flight);
    Demand("denied_blind", counts.denied_blind, demands.denied_blind);
    Demand("denied_forged", counts.denied_forged, demands.denied_forged);
    Demand("streams_closed", counts.streams_closed, demands.streams_closed);
    Demand("checks", counts.checks, demands.checks);
    Demand("calls", counts.calls, demands.calls);
    Demand("allowed_spared", counts.allowed_spared, demands.allowed_spared);
  }

  Verdict Take() { return std::move(verdict_); }

 private:
  void IndexRevoke(const Revoke& revoke) {
    for (const Id id : by_target_[{revoke.scope, revoke.target}]) {
      const Token& token = history_.tokens[id];
      if (token.family == revoke.spared_family) continue;
      // A call that got no answer may still take effect at any time.
      const bool over = revoke.status != 0 && revoke.answered < token.asked;
      if (!over) doubtful_from_[id] = std::min(doubtful_from_[id], revoke.sent);
      if (Succeeded(revoke.status) && token.issued <= revoke.sent) {
        dead_from_[id] = std::min(dead_from_[id], revoke.answered);
      }
    }
  }

  void JudgeRequest(const Request& request) {
    const bool allowed = Allowed(request);
    verdict_.counts.allowed += allowed;
    verdict_.counts.denied += request.status == 401;
    verdict_.counts.allowed_spared += allowed && Spared(request);
    const Nanos dead = DeadAt(request.gate, request.token);
    if (history_.tokens[request.token].forged) {
      if (allowed) Object("forged-allowed", Describe(request, dead), request.gate);
      verdict_.counts.denied_forged += request.status == 401;
      return;
    }
    if (request.last_sent > dead) {
      JudgeSentAfter(request, dead);
    } else if (dead != kNever && request.done > dead) {
      ++verdict_.counts.in_flight;
      if (request.reached > dead + bounds_.finish && !GateStopped(request)) {
        Object("allowed-late", Describe(request, dead), request.gate);
      }
    }
    if (Blind(request)) {
      if (allowed) Object("allowed-without-lease", Describe(request, dead), request.gate);
      verdict_.counts.denied_blind += request.status == 401;
    }
    if (!allowed && request.done < doubtful_from_[request.token] &&
        Healthy(request.gate, request.first_sent, request.done)) {
      Object("refused-though-live", Describe(request, dead), request.gate);
    }
  }

  void JudgeSentAfter(const Request& request, Nanos dead) {
    if (Allowed(request)) {
      Object("allowed-after-answer", Describe(request, dead), request.gate);
      return;
    }
    verdict_.counts.bodies_stopped += request.first_sent < dead;
    if (request.status == 401) {
      ++verdict_.counts.denied_revoked;
      verdict_.counts.denied_soon += request.last_sent <= dead + kSoon;
    }
  }

  void JudgeStream(const Stream& stream) {
    const Nanos dead = dead_from_[stream.token];
    if (dead != kNever) {
      Nanos latest = dead + bounds_.stream_recheck + bounds_.slack;
      for (const Fault& fault : history_.faults) {
        if (fault.stops_gate && Concerns(fault, stream.gate) && fault.begun < latest &&
            fault.to > dead) {
          latest = std::max(latest, fault.to + bounds_.stream_recheck + bounds_.slack);
        }
      }
      if (stream.last_byte > latest) {
        Object("stream-after-answer", Millis(stream.last_byte - dead) + " after it", stream.gate);
      } else if (stream.closed_by_gate) {
        ++verdict_.counts.streams_closed;
      }
    }
    if (stream.closed_by_gate && stream.ended < doubtful_from_[stream.token] &&
        Healthy(stream.gate, stream.opened, stream.ended)) {
      Object("stream-cut-though-live", "after " + Millis(stream.ended - stream.opened),
             stream.gate);
    }
  }

  void JudgeRevoke(const Revoke& revoke) {
    const Nanos wait = std::max(bounds_.recovery(), bounds_.lost_server + bounds_.slack);
    Nanos latest = revoke.sent + wait + bounds_.answer_slack;
    bool excused = false;
    for (const Fault& fault : history_.faults) {
      if (fault.begun > revoke.answered || fault.to + Recovers() < revoke.sent) continue;
      if (!At(fault, revoke.server)) continue;
      excused = true;
      latest = std::max(latest, fault.to + wait + bounds_.answer_slack);
    }
    if (Succeeded(revoke.status)) {
      ++verdict_.counts.revokes;
      if (revoke.answered > latest) {
        Object("revoke-late", revoke.cause + " took " + Millis(revoke.answered - revoke.sent));
      }
    } else if (!excused) {
      Object("revoke-failed", revoke.cause + " got " + std::to_string(revoke.status) + " after " +
                                  Millis(revoke.answered - revoke.sent) + ", at " +
                                  std::to_string(revoke.sent));
    }
  }

  // How long after a fault a server may go on refusing calls: a connection to the database, on
  // which nothing came through for a while, is tried ever more rarely.
  Nanos Recovers() const { return bounds_.lost_server > 0 ? bounds_.recovery() : 0; }

  // When the token must be dead at this gate.
  Nanos DeadAt(Id gate, Id token) const {
    const auto stale = bounds_.staleness.find(gate);
    const bool is_stale = stale != bounds_.staleness.end() && dead_from_[token] != kNever;
    return dead_from_[token] + (is_stale ? stale->second : 0);
  }

  // True if no fault, and no recovery from one, touches [from, to] at `gate`.
  bool Healthy(Id gate, Nanos from, Nanos to) const {
    return std::none_of(history_.faults.begin(), history_.faults.end(), [&](const Fault& fault) {
      return !fault.spares_gates && Concerns(fault, gate) && fault.begun < to &&
             fault.to + bounds_.recovery() > from;
    });
  }

  bool Spared(const Request& request) const {
    return std::any_of(history_.faults.begin(), history_.faults.end(), [&](const Fault& fault) {
      return fault.spares_gates && fault.from < request.first_sent && request.done < fault.to;
    });
  }

  // True if no lease can have been valid from the request's first byte to its answer: the lease
  // that was renewed before the fault had ended, and no other was granted.
  bool Blind(const Request& request) const {
    return std::any_of(history_.faults.begin(), history_.faults.end(), [&](const Fault& fault) {
      return fault.ends_renewal && Concerns(fault, request.gate) &&
             request.first_sent > fault.from + bounds_.ttl && request.done < fault.remedy;
    });
  }

  bool GateStopped(const Request& request) const {
    return std::any_of(history_.faults.begin(), history_.faults.end(), [&](const Fault& fault) {
      return fault.stops_gate && Concerns(fault, request.gate) && fault.begun < request.reached &&
             fault.to > request.first_sent;
    });
  }

  std::string Describe(const Request& request, Nanos dead) const {
    std::string text = "token " + std::to_string(request.token);
    if (request.token >= 0) text += history_.tokens[request.token].access ? " (access)" : " (id)";
    text +=
        " at gate " + std::to_string(request.gate) + ", status " + std::to_string(request.status);
    if (dead != kNever) text += ", last sent " + Millis(request.last_sent - dead) + " after answer";
    if (dead != kNever && request.reached != 0) {
      text += ", reached the upstream " + Millis(request.reached - dead) + " after answer";
    }
    return text + ", at " + std::to_string(request.last_sent);
  }

  static std::string Millis(Nanos nanos) {
    return std::to_string(static_cast<double>(nanos) / kMillisecond) + " ms";
  }

  void Demand(const std::string& name, int64_t found, int64_t wanted) {
    if (found >= wanted) return;
    Object("vacuous", name + " " + std::to_string(found) + ", wanted " + std::to_string(wanted));
  }

  void Object(std::string rule, std::string detail, Id gate = kNone) {
    verdict_.violations.push_back({std::move(rule), std::move(detail), gate});
  }

  const History& history_;
  const Bounds& bounds_;
  std::map<std::pair<Scope, Id>, std::vector<Id>> by_target_;
  // For each token: the earliest answer of a revoke that covers it, and the earliest moment at
  // which a revoke may have covered it.
  std::vector<Nanos> dead_from_, doubtful_from_;
  Verdict verdict_;
};

}  // namespace

bool BreaksPromise(const Violation& violation) {
  static const std::set<std::string> kRules = {"allowed-after-answer", "allowed-late",
                                               "stream-after-answer", "allowed-without-lease",
                                               "forged-allowed"};
  return kRules.contains(violation.rule);
}

Verdict Judge(const History& history, const Bounds& bounds, const Demands& demands) {
  Bench bench(history, bounds);
  bench.JudgeRequests();
  bench.JudgeStreams();
  bench.JudgeRevokes();
  bench.JudgeCalls();
  bench.JudgeFaults();
  bench.JudgeChecks();
  bench.JudgeDemands(demands);
  return bench.Take();
}

}  // namespace sallyport::history
