// Hex, base64 (RFC 4648 section 4) and base64url without padding (section 5). Decoders are strict:
// one text for each value, anything else is nullopt.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::base {

inline std::span<const uint8_t> AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::string HexEncode(std::span<const uint8_t> bytes);
std::optional<std::vector<uint8_t>> HexDecode(std::string_view text);

std::string Base64Encode(std::span<const uint8_t> bytes);
std::optional<std::vector<uint8_t>> Base64Decode(std::string_view text);

std::string Base64UrlEncode(std::span<const uint8_t> bytes);
std::optional<std::vector<uint8_t>> Base64UrlDecode(std::string_view text);

// How many bytes `length` characters of canonical base64url hold; nullopt where no value has that
// length.
std::optional<size_t> Base64UrlDecodedSize(size_t length);

// As Base64UrlDecode, into `out`, which holds exactly Base64UrlDecodedSize(text.size()) bytes.
// False: not canonical.
bool Base64UrlDecodeInto(std::string_view text, std::span<uint8_t> out);

// `text` as HTML that shows it, also within a quoted attribute.
std::string HtmlEscape(std::string_view text);

}  // namespace sallyport::base
