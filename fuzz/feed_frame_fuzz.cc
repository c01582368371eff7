// Any bytes as a frame of the feed, in each version: refused, or understood so exactly that
// encoding gives them back.
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <variant>

#include "revocation/frame.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sallyport::revocation;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const uint16_t version : {kOldFeedVersion, kFeedVersion, kAskingVersion}) {
    const auto frame = Decode(bytes, version);
    if (!frame.ok()) continue;
    if (Encode(*frame, version) != bytes) std::abort();
    if (std::holds_alternative<Hello>(*frame) && HelloVersion(bytes) != version) std::abort();
  }
  return 0;
}
