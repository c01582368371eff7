// WireWriter and WireReader: little-endian integers and length-prefixed texts, for frames and for
// the hash of the log.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace sallyport::revocation {

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "integers are copied in this machine's byte order");

class WireWriter {
 public:
  template <std::integral T>
  void Int(T value) {
    char bytes[sizeof(T)];
    std::memcpy(bytes, &value, sizeof(T));
    bytes_.append(bytes, sizeof(T));
  }
  void Bytes(std::span<const uint8_t> bytes) {
    bytes_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  }
  // Precondition: the length fits into the type Length.
  template <std::unsigned_integral Length>
  void Text(std::string_view text) {
    Int(static_cast<Length>(text.size()));
    bytes_.append(text);
  }
  std::string Take() && { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// When a read goes beyond the end, or a text is longer than allowed, ok() becomes false for good
// and every further read gives zero or an empty text.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : rest_(bytes) {}

  template <std::integral T>
  T Int() {
    T value{};
    const std::string_view bytes = Advance(sizeof(T));
    if (ok_) std::memcpy(&value, bytes.data(), sizeof(T));
    return value;
  }
  template <size_t size>
  void Bytes(std::array<uint8_t, size>& out) {
    const std::string_view bytes = Advance(size);
    if (ok_) std::memcpy(out.data(), bytes.data(), size);
  }
  template <std::unsigned_integral Length>
  std::string_view Text(size_t bound) {
    const size_t size = Int<Length>();
    if (size > bound) ok_ = false;
    return Advance(size);
  }
  bool ok() const { return ok_; }
  size_t remaining() const { return rest_.size(); }

 private:
  std::string_view Advance(size_t size) {
    if (size > rest_.size()) ok_ = false;
    if (!ok_) return {};
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace sallyport::revocation
