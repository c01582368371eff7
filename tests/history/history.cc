#include "history.h"

#include <ostream>

namespace sallyport::history {
namespace {

const char* Bool(bool value) {
  return value ? "true" : "false";
}

const char* ScopeName(Scope scope) {
  switch (scope) {
    case Scope::kFamily:
      return "family";
    case Scope::kUser:
      return "user";
    case Scope::kClient:
      return "client";
    case Scope::kPool:
      return "pool";
  }
  return "";
}

void Write(const Token& token, size_t id, std::ostream& out) {
  out << R"({"event":"token","id":)" << id << R"(,"family":)" << token.family << R"(,"user":)"
      << token.user << R"(,"client":)" << token.client << R"(,"pool":)" << token.pool
      << R"(,"access":)" << Bool(token.access) << R"(,"asked":)" << token.asked << R"(,"issued":)"
      << token.issued << "}\n";
}

void Write(const Revoke& revoke, std::ostream& out) {
  out << R"({"event":"revoke","cause":")" << revoke.cause << R"(","scope":")"
      << ScopeName(revoke.scope) << R"(","target":)" << revoke.target << R"(,"spared_family":)"
      << revoke.spared_family << R"(,"sent":)" << revoke.sent << R"(,"answered":)"
      << revoke.answered << R"(,"status":)" << revoke.status << R"(,"server":)" << revoke.server
      << "}\n";
}

void Write(const Call& call, std::ostream& out) {
  out << R"({"event":"call","what":")" << call.what << R"(","server":)" << call.server
      << R"(,"sent":)" << call.sent << R"(,"answered":)" << call.answered << R"(,"status":)"
      << call.status << "}\n";
}

void Write(const Request& request, std::ostream& out) {
  out << R"({"event":"request","token":)" << request.token << R"(,"gate":)" << request.gate
      << R"(,"first_sent":)" << request.first_sent << R"(,"last_sent":)" << request.last_sent
      << R"(,"done":)" << request.done << R"(,"status":)" << request.status << R"(,"reached":)"
      << request.reached << "}\n";
}

void Write(const Stream& stream, std::ostream& out) {
  out << R"({"event":"stream","token":)" << stream.token << R"(,"gate":)" << stream.gate
      << R"(,"opened":)" << stream.opened << R"(,"last_byte":)" << stream.last_byte
      << R"(,"ended":)" << stream.ended << R"(,"closed_by_gate":)" << Bool(stream.closed_by_gate)
      << "}\n";
}

void Write(const Fault& fault, std::ostream& out) {
  out << R"({"event":"fault","what":")" << fault.what << R"(","gate":)" << fault.gate
      << R"(,"server":)" << Bool(fault.server) << R"(,"at_server":)" << fault.at_server
      << R"(,"spares_gates":)" << Bool(fault.spares_gates) << R"(,"stops_gate":)"
      << Bool(fault.stops_gate) << R"(,"ends_renewal":)" << Bool(fault.ends_renewal)
      << R"(,"begun":)" << fault.begun << R"(,"from":)" << fault.from << R"(,"remedy":)"
      << fault.remedy << R"(,"to":)" << fault.to << "}\n";
}

void Write(const Check& check, std::ostream& out) {
  out << R"({"event":"check","what":")" << check.what << R"(","detail":")" << check.detail
      << R"(","held":)" << Bool(check.held) << "}\n";
}

}  // namespace

void Write(const History& history, std::ostream& out) {
  for (size_t i = 0; i < history.tokens.size(); ++i) Write(history.tokens[i], i, out);
  for (const Revoke& revoke : history.revokes) Write(revoke, out);
  for (const Call& call : history.calls) Write(call, out);
  for (const Request& request : history.requests) Write(request, out);
  for (const Stream& stream : history.streams) Write(stream, out);
  for (const Fault& fault : history.faults) Write(fault, out);
  for (const Check& check : history.checks) Write(check, out);
}

}  // namespace sallyport::history
