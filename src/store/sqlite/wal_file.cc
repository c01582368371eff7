#include "store/sqlite/wal_file.h"

#include <fcntl.h>
#include <unistd.h>

namespace sallyport::store {
namespace {

constexpr size_t kFrameHeaderBytes = 24;
constexpr size_t kSummedBytes = 24;  // in the header
// The last bit says in which byte order the checksums read their words.
constexpr uint32_t kWalMagic = 0x377f0682;

uint32_t BigEndianAt(std::string_view bytes, size_t at) {
  uint32_t number = 0;
  for (size_t i = 0; i < sizeof(number); ++i) {
    number = number << 8 | static_cast<uint8_t>(bytes[at + i]);
  }
  return number;
}

uint32_t WordAt(std::string_view bytes, size_t at, bool big_endian) {
  const uint32_t number = BigEndianAt(bytes, at);
  return big_endian ? number : __builtin_bswap32(number);
}

bool HasFrame(int fd, const WalHeader& header, uint64_t number) {
  std::string bytes(kFrameHeaderBytes, '\0');
  const uint64_t at = kWalHeaderBytes + (number - 1) * (kFrameHeaderBytes + header.page_bytes);
  if (::pread(fd, bytes.data(), bytes.size(), static_cast<off_t>(at)) !=
      static_cast<ssize_t>(bytes.size())) {
    return false;
  }
  return BigEndianAt(bytes, 8) == header.salt1 && BigEndianAt(bytes, 12) == header.salt2;
}

}  // namespace

std::optional<WalHeader> ParseWalHeader(std::string_view bytes) {
  if (bytes.size() < kWalHeaderBytes) return std::nullopt;
  const uint32_t magic = BigEndianAt(bytes, 0);
  if ((magic & ~1U) != kWalMagic) return std::nullopt;
  uint32_t sum1 = 0;
  uint32_t sum2 = 0;
  for (size_t at = 0; at < kSummedBytes; at += 8) {
    sum1 += WordAt(bytes, at, (magic & 1U) != 0) + sum2;
    sum2 += WordAt(bytes, at + 4, (magic & 1U) != 0) + sum1;
  }
  if (sum1 != BigEndianAt(bytes, 24) || sum2 != BigEndianAt(bytes, 28)) return std::nullopt;
  return WalHeader{BigEndianAt(bytes, 8), BigEndianAt(bytes, 16), BigEndianAt(bytes, 20)};
}

std::string WalPath(const std::string& database_path) {
  return database_path + "-wal";
}

bool WalExists(const std::string& database_path) {
  return ::access(WalPath(database_path).c_str(), F_OK) == 0;
}

std::optional<FoundWal> FindWal(const std::string& database_path, uint64_t frames) {
  const int fd = ::open(WalPath(database_path).c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return std::nullopt;
  std::string bytes(kWalHeaderBytes, '\0');
  std::optional<FoundWal> found;
  if (::pread(fd, bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size())) {
    const auto header = ParseWalHeader(bytes);
    if (header && HasFrame(fd, *header, 1)) {
      found = {header->salt1, header->salt2, frames == 0 || HasFrame(fd, *header, frames)};
    }
  }
  ::close(fd);
  return found;
}

}  // namespace sallyport::store
