// Addresses of the Internet Protocol, and networks of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::base {

// IPv4 or IPv6. An IPv6 address that stands for an IPv4 one (::ffff:192.0.2.1) is that one.
class IpAddress {
 public:
  // "192.0.2.1", "2001:db8::1". Neither a port nor a zone nor leading zeros.
  static std::optional<IpAddress> Parse(std::string_view text);
  static IpAddress V4(const std::array<uint8_t, 4>& bytes);
  static IpAddress V6(const std::array<uint8_t, 16>& bytes);

  bool v4() const { return size_ == 4; }
  bool loopback() const;
  // As it is usually written.
  std::string ToString() const;
  // The first `size` bytes of it, in the network's order; all of them where it has fewer.
  std::string_view First(size_t size) const;
  bool operator==(const IpAddress&) const = default;

 private:
  IpAddress() = default;

  std::array<uint8_t, 16> bytes_{};  // beyond its size: 0
  uint8_t size_ = 0;
};

class IpNetwork {
 public:
  // "10.0.0.0/8", "2001:db8::/32", or one address. nullopt too where bits beyond the prefix are
  // set, and for a network of all addresses: either was meant to say something else.
  static std::optional<IpNetwork> Parse(std::string_view text);

  bool Contains(const IpAddress& address) const;

 private:
  IpNetwork(const IpAddress& address, size_t bits) : address_(address), bits_(bits) {}

  IpAddress address_;
  size_t bits_;
};

}  // namespace sallyport::base
