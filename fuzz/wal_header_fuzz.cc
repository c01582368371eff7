// Any bytes as the header of SQLite's WAL, which a start reads from whatever file lies beside the
// database. For half of the inputs the checksum is made correct, so that the code behind it is
// reached.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "store/sqlite/wal_file.h"

namespace {

uint32_t WordAt(const std::string& bytes, size_t at) {
  uint32_t word = 0;
  for (size_t i = 0; i < 4; ++i) word = word << 8 | static_cast<uint8_t>(bytes[at + i]);
  return word;
}

void PutWord(std::string& bytes, size_t at, uint32_t word) {
  for (size_t i = 0; i < 4; ++i) bytes[at + i] = static_cast<char>(word >> (24 - 8 * i));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using sallyport::store::kWalHeaderBytes;
  if (size == 0) return 0;
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const bool summed = data[0] % 2 == 1;
  if (summed) {
    bytes.resize(kWalHeaderBytes, '\0');
    PutWord(bytes, 0, 0x377f0683);  // words are big-endian
    uint32_t sum1 = 0;
    uint32_t sum2 = 0;
    for (size_t at = 0; at < 24; at += 8) {
      sum1 += WordAt(bytes, at) + sum2;
      sum2 += WordAt(bytes, at + 4) + sum1;
    }
    PutWord(bytes, 24, sum1);
    PutWord(bytes, 28, sum2);
  }
  const auto header = sallyport::store::ParseWalHeader(bytes);
  if (summed && !header) std::abort();
  if (header && (bytes.size() < kWalHeaderBytes || header->salt1 != WordAt(bytes, 16) ||
                 header->salt2 != WordAt(bytes, 20))) {
    std::abort();
  }
  return 0;
}
