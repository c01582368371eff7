// Any bytes as a slot of the file beside the store: it is refused, or read as exactly what would be
// written. If the first byte is odd, magic and sum are made correct, so that the code behind them
// is reached.
#include <openssl/sha.h>

#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "store/lineage.h"

using namespace sallyport;
using namespace sallyport::store;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 1) {
    constexpr size_t kSummed = kWitnessSlotBytes - SHA256_DIGEST_LENGTH;
    bytes.resize(kWitnessSlotBytes, '\0');
    bytes.replace(0, 8, "SLYPLIN3");
    SHA256(reinterpret_cast<const uint8_t*>(bytes.data()), kSummed,
           reinterpret_cast<uint8_t*>(bytes.data()) + kSummed);
  }
  const auto slot = DecodeWitnessSlot(bytes);
  if (!slot) return 0;
  if (bytes.starts_with("SLYPLIN3") && EncodeWitnessSlot(*slot) != bytes) std::abort();
  // Compared with a store as new as the witness: whatever the witness says, the store is not behind
  // it.
  const Witness& witness = slot->witness;
  const Lineage same{witness.store, witness.log, {}, witness.generation};
  const auto older = OlderThanWitness(witness, same, witness.head, witness.copied,
                                      [&](uint64_t) { return std::optional(witness.head.hash); });
  if (!older || older->has_value() != (witness.wal.kind == WalMark::Kind::kForeign)) std::abort();
  return 0;
}
