// Any bytes as a frame of the feed: refused, or understood so exactly that encoding gives them
// back.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "revocation/frame.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto frame = sallyport::revocation::Decode(bytes);
  if (frame.ok() && sallyport::revocation::Encode(*frame) != bytes) std::abort();
  return 0;
}
