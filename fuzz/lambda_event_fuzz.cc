// Any bytes as an event of a Lambda authorizer: refused, or an event with an ARN; and never more
// bytes in it than were given.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "lambda/event.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sallyport::lambda;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto event = ParseEvent(bytes, "authorization");
  if (!event.ok()) return 0;
  size_t total = event->arn.size();
  for (const auto& token : event->tokens) total += token.size();
  if (total > size) std::abort();
  return 0;
}
