#include "http1/proxy_protocol.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace sallyport::http1 {
namespace {

using State = ProxyHeader::State;
using namespace std::string_view_literals;

constexpr std::string_view kText = "PROXY ";
constexpr std::string_view kSignature = "\r\n\r\n\0\r\nQUIT\n"sv;
// "PROXY UNKNOWN" with its line end, which is the shortest header of all.
constexpr size_t kShortest = 15;
// "PROXY TCP6 :: :: 0 0" with its line end.
constexpr size_t kShortestWithAddresses = 22;
constexpr size_t kGreatestText = 107;
constexpr size_t kBinaryHead = 16;

ProxyHeader Malformed() {
  return {};
}

ProxyHeader Want(size_t bytes) {
  return {State::kIncomplete, bytes, std::nullopt};
}

ProxyHeader Complete(std::optional<base::IpAddress> client) {
  return {State::kComplete, 0, client};
}

// The text up to the next space, which is consumed too.
std::string_view NextWord(std::string_view& text) {
  const size_t blank = text.find(' ');
  const std::string_view word = text.substr(0, blank);
  text = blank == std::string_view::npos ? std::string_view() : text.substr(blank + 1);
  return word;
}

bool IsPort(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text.size() > 1 && text.front() == '0')) return false;
  uint32_t port = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    port = port * 10 + static_cast<uint32_t>(c - '0');
  }
  return port <= 65'535;
}

std::optional<base::IpAddress> ParseAddress(std::string_view text, bool v6) {
  if ((text.find(':') != std::string_view::npos) != v6) return std::nullopt;
  return base::IpAddress::Parse(text);
}

// Reads what follows "PROXY " in version 1, without the line end.
ProxyHeader ReadLine(std::string_view line) {
  if (line == "UNKNOWN" || line.starts_with("UNKNOWN ")) return Complete(std::nullopt);
  // Exactly the spaces between four fields after the family, so none is doubled or at the end.
  if (std::count(line.begin(), line.end(), ' ') != 4) return Malformed();
  const std::string_view family = NextWord(line);
  if (family != "TCP4" && family != "TCP6") return Malformed();
  const auto source = ParseAddress(NextWord(line), family == "TCP6");
  const auto destination = ParseAddress(NextWord(line), family == "TCP6");
  const std::string_view source_port = NextWord(line);
  if (!source || !destination || !IsPort(source_port) || !IsPort(line)) return Malformed();
  return Complete(source);
}

ProxyHeader ReadText(std::string_view bytes) {
  if (bytes.size() < kShortest) return Want(kShortest - bytes.size());
  const size_t end = bytes.find_first_of("\r\n\0"sv);
  if (end == std::string_view::npos || end + 1 == bytes.size()) {
    if (end != std::string_view::npos && bytes[end] != '\r') return Malformed();
    if (bytes.size() >= kGreatestText) return Malformed();
    const bool addresses = bytes.starts_with("PROXY TCP");
    return Want(addresses && bytes.size() < kShortestWithAddresses
                    ? kShortestWithAddresses - bytes.size()
                    : 1);
  }
  // Nothing behind it was read.
  if (bytes.substr(end) != "\r\n") return Malformed();
  return ReadLine(bytes.substr(kText.size(), end - kText.size()));
}

uint32_t BigEndian(std::string_view bytes) {
  uint32_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<uint8_t>(c);
  return number;
}

// CRC-32C (Castagnoli) of `bytes`, in which the four bytes from `hole` on count as zeros.
uint32_t Checksum(std::string_view bytes, size_t hole) {
  constexpr uint32_t kPolynomial = 0x82f63b78;
  uint32_t crc = ~0U;
  for (size_t i = 0; i < bytes.size(); ++i) {
    crc ^= i >= hole && i < hole + 4 ? 0 : static_cast<uint8_t>(bytes[i]);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
  }
  return ~crc;
}

// Whether the extensions from `at` to the end are well-formed and, if there is a checksum among
// them, it is right.
bool ExtensionsAreRight(std::string_view bytes, size_t at) {
  constexpr uint8_t kTypeOfChecksum = 0x03;
  constexpr size_t kExtensionHead = 3;
  while (at < bytes.size()) {
    if (bytes.size() - at < kExtensionHead) return false;
    const auto type = static_cast<uint8_t>(bytes[at]);
    const size_t length = BigEndian(bytes.substr(at + 1, 2));
    at += kExtensionHead;
    if (length > bytes.size() - at) return false;
    if (type == kTypeOfChecksum &&
        (length != 4 || BigEndian(bytes.substr(at, 4)) != Checksum(bytes, at))) {
      return false;
    }
    at += length;
  }
  return true;
}

template <size_t kSize>
std::array<uint8_t, kSize> BytesAt(std::string_view bytes, size_t at) {
  std::array<uint8_t, kSize> result{};
  for (size_t i = 0; i < kSize; ++i) result[i] = static_cast<uint8_t>(bytes[at + i]);
  return result;
}

// Reads a complete header of version 2 according to its command, family and transport.
ProxyHeader ReadAddresses(std::string_view bytes) {
  constexpr uint8_t kLocal = 0x20, kProxied = 0x21;
  constexpr uint8_t kUnspecified = 0x00, kTcp4 = 0x11, kTcp6 = 0x21, kUnixStream = 0x31;
  const auto command = static_cast<uint8_t>(bytes[12]);
  if (command == kLocal) return Complete(std::nullopt);
  if (command != kProxied) return Malformed();
  size_t size = 0;
  switch (static_cast<uint8_t>(bytes[13])) {
    case kUnspecified:
      return Complete(std::nullopt);
    case kTcp4:
      size = 12;
      break;
    case kTcp6:
      size = 36;
      break;
    case kUnixStream:
      size = 216;
      break;
    default:
      // This includes datagrams, since they cannot have come over this connection.
      return Malformed();
  }
  if (bytes.size() - kBinaryHead < size) return Malformed();
  if (!ExtensionsAreRight(bytes, kBinaryHead + size)) return Malformed();
  if (size == 12) return Complete(base::IpAddress::V4(BytesAt<4>(bytes, kBinaryHead)));
  if (size == 36) return Complete(base::IpAddress::V6(BytesAt<16>(bytes, kBinaryHead)));
  return Complete(std::nullopt);
}

ProxyHeader ReadBinary(std::string_view bytes) {
  if (bytes.size() < kShortest) return Want(kShortest - bytes.size());
  if (bytes.size() < kBinaryHead) return Want(kBinaryHead - bytes.size());
  const size_t size = kBinaryHead + BigEndian(bytes.substr(14, 2));
  if (size > kGreatestProxyHeader || bytes.size() > size) return Malformed();
  if (bytes.size() < size) return Want(size - bytes.size());
  return ReadAddresses(bytes);
}

bool Begins(std::string_view bytes, std::string_view with) {
  const size_t size = std::min(bytes.size(), with.size());
  return bytes.substr(0, size) == with.substr(0, size);
}

}  // namespace

ProxyHeader ReadProxyHeader(std::string_view bytes) {
  if (Begins(bytes, kText)) return ReadText(bytes);
  if (Begins(bytes, kSignature)) return ReadBinary(bytes);
  return Malformed();
}

}  // namespace sallyport::http1
