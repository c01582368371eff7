#include "base/ip.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace sallyport::base {
namespace {

constexpr std::array<uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

// Whether the first `bits` bits of both are the same. Both must be at least that long.
bool SamePrefix(std::string_view a, std::string_view b, size_t bits) {
  const size_t whole = bits / 8;
  if (a.substr(0, whole) != b.substr(0, whole)) return false;
  if (bits % 8 == 0) return true;
  const auto differing = static_cast<uint8_t>(a[whole] ^ b[whole]);
  return differing >> (8 - bits % 8) == 0;
}

}  // namespace

IpAddress IpAddress::V4(const std::array<uint8_t, 4>& bytes) {
  IpAddress address;
  std::copy(bytes.begin(), bytes.end(), address.bytes_.begin());
  address.size_ = 4;
  return address;
}

IpAddress IpAddress::V6(const std::array<uint8_t, 16>& bytes) {
  IpAddress address;
  if (std::equal(kMapped.begin(), kMapped.end(), bytes.begin())) {
    std::copy(bytes.begin() + kMapped.size(), bytes.end(), address.bytes_.begin());
    address.size_ = 4;
    return address;
  }
  address.bytes_ = bytes;
  address.size_ = 16;
  return address;
}

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN) return std::nullopt;
  if (text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string terminated(text);
  std::array<uint8_t, 4> four{};
  if (inet_pton(AF_INET, terminated.c_str(), four.data()) == 1) return V4(four);
  std::array<uint8_t, 16> sixteen{};
  if (inet_pton(AF_INET6, terminated.c_str(), sixteen.data()) == 1) return V6(sixteen);
  return std::nullopt;
}

bool IpAddress::loopback() const {
  if (v4()) return bytes_[0] == 127;
  return std::all_of(bytes_.begin(), bytes_.end() - 1, [](uint8_t byte) { return byte == 0; }) &&
         bytes_.back() == 1;
}

std::string IpAddress::ToString() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(v4() ? AF_INET : AF_INET6, bytes_.data(), text.data(), text.size());
  return text.data();
}

std::string_view IpAddress::First(size_t size) const {
  return {reinterpret_cast<const char*>(bytes_.data()), std::min<size_t>(size, size_)};
}

std::optional<IpNetwork> IpNetwork::Parse(std::string_view text) {
  const size_t slash = text.find('/');
  const auto address = IpAddress::Parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const size_t size = address->v4() ? 32 : 128;
  if (slash == std::string_view::npos) return IpNetwork(*address, size);
  const std::string_view number = text.substr(slash + 1);
  size_t bits = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), bits);
  if (error != std::errc() || end != number.data() + number.size() || number.front() == '0' ||
      bits > size) {
    return std::nullopt;
  }
  // Bits behind the prefix must be zero: otherwise the text is not a network.
  std::string rest(address->First(size / 8));
  for (size_t bit = bits; bit < size; ++bit) {
    if ((static_cast<uint8_t>(rest[bit / 8]) >> (7 - bit % 8) & 1) != 0) return std::nullopt;
  }
  return IpNetwork(*address, bits);
}

bool IpNetwork::Contains(const IpAddress& address) const {
  return address.v4() == address_.v4() && SamePrefix(address.First(16), address_.First(16), bits_);
}

}  // namespace sallyport::base
