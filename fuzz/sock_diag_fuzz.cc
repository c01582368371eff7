// Any bytes as the kernel's answer about a socket: a user is named only if the answer is about the
// socket that was asked for, and bytes after the answer change nothing.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/sock_diag.h"
#include "must.h"

namespace {

using namespace sallyport::base;

TcpEnds EndsOf(const char* near, const char* far) {
  return {*IpAddress::Parse(near), 40'001, *IpAddress::Parse(far), 9229};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const TcpEnds v4 = EndsOf("127.0.0.1", "127.0.0.1");
  static const TcpEnds v6 = EndsOf("::1", "::1");
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto of_v4 = ReadSockDiagAnswer(bytes, v4);
  const auto of_v6 = ReadSockDiagAnswer(bytes, v6);
  Must(!(of_v4 && of_v6));
  for (const auto& [ends, owner] : {std::pair(v4, of_v4), std::pair(v6, of_v6)}) {
    if (!owner) {
      Must(!owner.error().empty());
      continue;
    }
    const auto again = ReadSockDiagAnswer(bytes + std::string(16, '\xff'), ends);
    Must(again && *again == *owner);
  }
  return 0;
}
