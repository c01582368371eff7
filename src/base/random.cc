#include "base/random.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>

#include "base/encoding.h"

namespace sallyport::base {

void RandomBytes(std::span<uint8_t> out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      std::abort();
    }
    out = out.subspan(static_cast<size_t>(got));
  }
}

uint64_t RandomU64() {
  std::array<uint8_t, 8> bytes{};
  RandomBytes(bytes);
  uint64_t value = 0;
  for (const uint8_t byte : bytes) value = value << 8 | byte;
  return value;
}

std::string RandomString(std::string_view alphabet, size_t length) {
  // Rejection sampling: bytes beyond the last multiple of the alphabet's size would favour its
  // first characters.
  const size_t limit = 256 - 256 % alphabet.size();
  std::string out;
  out.reserve(length);
  std::array<uint8_t, 64> bytes{};
  while (out.size() < length) {
    RandomBytes(bytes);
    for (const uint8_t byte : bytes) {
      if (byte < limit && out.size() < length) out.push_back(alphabet[byte % alphabet.size()]);
    }
  }
  return out;
}

std::string RandomUuid() {
  std::array<uint8_t, kUuidBytes> bytes{};
  RandomBytes(bytes);
  return UuidOf(bytes);
}

std::string UuidOf(std::span<const uint8_t, kUuidBytes> random) {
  std::array<uint8_t, kUuidBytes> bytes{};
  std::copy(random.begin(), random.end(), bytes.begin());
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3f) | 0x80);
  std::string text = HexEncode(bytes);
  for (const size_t dash : {20, 16, 12, 8}) text.insert(dash, 1, '-');
  return text;
}

}  // namespace sallyport::base
