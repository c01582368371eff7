// IP addresses and networks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::base {

// IPv4 or IPv6. An IPv6 address that represents an IPv4 one (::ffff:192.0.2.1) is treated as the
// latter.
class IpAddress {
 public:
  // For example "192.0.2.1" or "2001:db8::1", without port, zone or leading zeros.
  static std::optional<IpAddress> Parse(std::string_view text);
  static IpAddress V4(const std::array<uint8_t, 4>& bytes);
  static IpAddress V6(const std::array<uint8_t, 16>& bytes);

  bool v4() const { return size_ == 4; }
  bool loopback() const;
  // In the usual notation.
  std::string ToString() const;
  // Its first `size` bytes in network order, or all of them where it has fewer.
  std::string_view First(size_t size) const;
  bool operator==(const IpAddress&) const = default;

 private:
  IpAddress() = default;

  std::array<uint8_t, 16> bytes_{};  // zero behind its size
  uint8_t size_ = 0;
};

class IpNetwork {
 public:
  // For example "10.0.0.0/8", "2001:db8::/32" or a single address. Also nullopt where bits behind
  // the prefix are set and for a network of all addresses, since both are probably mistakes.
  static std::optional<IpNetwork> Parse(std::string_view text);

  bool Contains(const IpAddress& address) const;

 private:
  IpNetwork(const IpAddress& address, size_t bits) : address_(address), bits_(bits) {}

  IpAddress address_;
  size_t bits_;
};

}  // namespace sallyport::base
