// Any bytes as a request's head and body, in two pieces, cut where the first byte says. It is
// refused, or understood in exactly one way, wherever it is cut.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.h"
#include "http1/body.h"
#include "http1/head.h"
#include "must.h"

namespace {

using namespace sallyport::http1;
using sallyport::base::EqualIgnoringCase;

constexpr uint64_t kLimit = 4096;

// An accepted head must not contain anything that readers behind a proxy understand in different
// ways.
void Check(const Head& head) {
  size_t hosts = 0;
  size_t framings = 0;
  for (const Field& field : head.fields) {
    Must(!field.name.empty());
    for (const char c : field.name) Must(c > ' ' && c < 0x7f && c != ':');
    for (const char c : field.value) Must(c != '\r' && c != '\n' && c != '\0');
    hosts += EqualIgnoringCase(field.name, "Host") ? 1 : 0;
    framings += EqualIgnoringCase(field.name, "Content-Length") ? 1 : 0;
    framings += EqualIgnoringCase(field.name, "Transfer-Encoding") ? 1 : 0;
  }
  Must(hosts == 1 || (hosts == 0 && !head.http11));
  Must(framings == (head.chunked ? 1U : 0U) + (head.content_length ? 1U : 0U) && framings <= 1);
  Must(head.target == "*" || head.target.starts_with('/'));
}

struct Decoded {
  std::string text;
  size_t taken = 0;
  const Refusal* refusal = nullptr;
  bool done = false;
};

Decoded Decode(const Head& head, std::string_view bytes, size_t piece) {
  Decoded decoded;
  Body body(head, kLimit);
  while (decoded.taken < bytes.size() && !body.done() && body.refusal() == nullptr) {
    decoded.taken += body.Decode(bytes.substr(decoded.taken, piece), kLimit, &decoded.text);
  }
  decoded.refusal = body.refusal();
  decoded.done = body.done();
  Must(decoded.text.size() <= kLimit);
  Must(!(decoded.done && decoded.refusal != nullptr));
  return decoded;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  HeadScanner whole;
  const size_t end = whole.Look(bytes);
  HeadScanner parted;
  size_t again = parted.Look(bytes.substr(0, data[0]));
  if (again == 0 && parted.refusal() == nullptr) again = parted.Look(bytes);
  Must(again == end && parted.refusal() == whole.refusal());
  if (end == 0) return 0;
  Must(bytes.substr(0, end).ends_with("\r\n\r\n"));
  Head head;
  if (ParseHead(bytes.substr(0, end), &head) != nullptr) return 0;
  Check(head);
  const std::string_view rest = bytes.substr(end);
  const Decoded once = Decode(head, rest, rest.size());
  const Decoded pieces = Decode(head, rest, 1 + data[0] % 7);
  Must(once.text == pieces.text && once.taken == pieces.taken && once.done == pieces.done &&
       once.refusal == pieces.refusal);
  return 0;
}
