#include "base/encoding.h"

#include <array>

namespace sallyport::base {
namespace {

constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr uint8_t kInvalid = 0xff;

constexpr std::array<uint8_t, 256> MakeReverse(std::string_view alphabet) {
  std::array<uint8_t, 256> table{};
  table.fill(kInvalid);
  for (size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<uint8_t>(alphabet[i])] = static_cast<uint8_t>(i);
  }
  return table;
}

constexpr auto kStandardReverse = MakeReverse(kStandard);
constexpr auto kUrlReverse = MakeReverse(kUrl);

std::string Encode(std::span<const uint8_t> bytes, std::string_view alphabet, bool pad) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  size_t i = 0;
  for (; i + 3 <= bytes.size(); i += 3) {
    const uint32_t group = uint32_t{bytes[i]} << 16 | uint32_t{bytes[i + 1]} << 8 | bytes[i + 2];
    for (const int shift : {18, 12, 6, 0}) out.push_back(alphabet[group >> shift & 63]);
  }
  if (const size_t rest = bytes.size() - i; rest != 0) {
    const uint32_t group = uint32_t{bytes[i]} << 16 | (rest == 2 ? uint32_t{bytes[i + 1]} << 8 : 0);
    out.push_back(alphabet[group >> 18 & 63]);
    out.push_back(alphabet[group >> 12 & 63]);
    if (rest == 2) out.push_back(alphabet[group >> 6 & 63]);
    if (pad) out.append(3 - rest, '=');
  }
  return out;
}

// The bits of each symbol at their position in the group of four. The highest bit marks a byte that
// is not a symbol.
using GroupTable = std::array<std::array<uint32_t, 256>, 4>;

constexpr GroupTable MakeGroups(const std::array<uint8_t, 256>& reverse) {
  GroupTable groups{};
  for (size_t place = 0; place < 4; ++place) {
    for (size_t c = 0; c < 256; ++c) {
      groups[place][c] =
          reverse[c] == kInvalid ? 0x80000000 : uint32_t{reverse[c]} << (18 - 6 * place);
    }
  }
  return groups;
}

constexpr auto kStandardGroups = MakeGroups(kStandardReverse);
constexpr auto kUrlGroups = MakeGroups(kUrlReverse);

bool DecodeInto(std::string_view text, const std::array<uint8_t, 256>& reverse,
                const GroupTable& groups, uint8_t* out) {
  const auto at = [&](size_t i) { return uint32_t{reverse[static_cast<uint8_t>(text[i])]}; };
  const auto* const symbols = reinterpret_cast<const uint8_t*>(text.data());
  uint32_t any = 0;
  size_t i = 0;
  for (; i + 4 <= text.size(); i += 4) {
    const uint32_t group = groups[0][symbols[i]] | groups[1][symbols[i + 1]] |
                           groups[2][symbols[i + 2]] | groups[3][symbols[i + 3]];
    any |= group;
    *out++ = static_cast<uint8_t>(group >> 16);
    *out++ = static_cast<uint8_t>(group >> 8);
    *out++ = static_cast<uint8_t>(group);
  }
  // Valid symbols are below 64, so a high bit in `seen` shows that there was an invalid one.
  uint32_t seen = any >> 24;
  // The bits of the last symbol that encode nothing must be zero. Otherwise several texts would
  // stand for the same value.
  const size_t rest = text.size() - i;
  if (rest == 2) {
    const uint32_t a = at(i), b = at(i + 1);
    seen |= a | b;
    if ((b & 15) != 0) return false;
    *out++ = static_cast<uint8_t>(a << 2 | b >> 4);
  } else if (rest == 3) {
    const uint32_t a = at(i), b = at(i + 1), c = at(i + 2);
    seen |= a | b | c;
    if ((c & 3) != 0) return false;
    *out++ = static_cast<uint8_t>(a << 2 | b >> 4);
    *out++ = static_cast<uint8_t>(b << 4 | c >> 2);
  }
  return rest != 1 && (seen & 0x80) == 0;
}

}  // namespace

std::string HexEncode(std::span<const uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const uint8_t byte : bytes) {
    out.push_back(kDigits[byte >> 4]);
    out.push_back(kDigits[byte & 15]);
  }
  return out;
}

std::optional<std::vector<uint8_t>> HexDecode(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  const auto digit = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::vector<uint8_t> out;
  out.reserve(text.size() / 2);
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = digit(text[i]);
    const int low = digit(text[i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    out.push_back(static_cast<uint8_t>(high << 4 | low));
  }
  return out;
}

std::string Base64Encode(std::span<const uint8_t> bytes) {
  return Encode(bytes, kStandard, true);
}
std::string Base64UrlEncode(std::span<const uint8_t> bytes) {
  return Encode(bytes, kUrl, false);
}

std::optional<std::vector<uint8_t>> Base64Decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.ends_with("==")) {
    text.remove_suffix(2);
  } else if (text.ends_with("=")) {
    text.remove_suffix(1);
  }
  const auto size = Base64UrlDecodedSize(text.size());
  if (!size) return std::nullopt;
  std::vector<uint8_t> out(*size);
  if (!DecodeInto(text, kStandardReverse, kStandardGroups, out.data())) return std::nullopt;
  return out;
}

std::optional<size_t> Base64UrlDecodedSize(size_t length) {
  const size_t rest = length % 4;
  if (rest == 1) return std::nullopt;
  return length / 4 * 3 + (rest == 0 ? 0 : rest - 1);
}

bool Base64UrlDecodeInto(std::string_view text, std::span<uint8_t> out) {
  const auto size = Base64UrlDecodedSize(text.size());
  return size && *size == out.size() && DecodeInto(text, kUrlReverse, kUrlGroups, out.data());
}

std::optional<std::vector<uint8_t>> Base64UrlDecode(std::string_view text) {
  const auto size = Base64UrlDecodedSize(text.size());
  if (!size) return std::nullopt;
  std::vector<uint8_t> out(*size);
  if (!DecodeInto(text, kUrlReverse, kUrlGroups, out.data())) return std::nullopt;
  return out;
}

std::string HtmlEscape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

}  // namespace sallyport::base
