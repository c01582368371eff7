// Randomness from the kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace sallyport::base {

// Fills `out` by getrandom(2). Thread-safe. If the kernel gives no random bytes, the process ends.
void RandomBytes(std::span<uint8_t> out);

uint64_t RandomU64();

// `length` characters, each chosen uniformly from `alphabet` (at most 256 characters).
std::string RandomString(std::string_view alphabet, size_t length);

// RFC 9562 version 4, lower case, with dashes.
std::string RandomUuid();
// The one that is made of these bytes.
inline constexpr size_t kUuidBytes = 16;
std::string UuidOf(std::span<const uint8_t, kUuidBytes> random);

inline constexpr std::string_view kLowerAlphanumeric = "0123456789abcdefghijklmnopqrstuvwxyz";
inline constexpr std::string_view kAlphanumeric =
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

}  // namespace sallyport::base
