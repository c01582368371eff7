#include "sink/items.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string_view>
#include <utility>

#include "base/encoding.h"

namespace sallyport::sink {
namespace {

using revocation::Kind;

// The attributes of the items, beside the key and the TTL.
constexpr char kKind[] = "kind";
constexpr char kLog[] = "log";
constexpr char kSequence[] = "sequence";
constexpr char kHash[] = "hash";
constexpr char kMark[] = "mark";
constexpr std::string_view kAttributes[] = {kKind, kLog, kSequence, kHash, kMark};

// Empty: no token is looked up by such an entry.
std::string WordOf(Kind kind) {
  switch (kind) {
    case Kind::kFamily:
      return "family";
    case Kind::kEvent:
      return "event";
    case Kind::kJti:
      return "jti";
    case Kind::kClient:
      return "client";
    case Kind::kPool:
      return "pool";
    case Kind::kKeyPublished:
    case Kind::kKeyWithdrawn:
      break;
  }
  return {};
}

template <typename Bytes>
bool ReadHex(const dynamodb::Item& item, const std::string& name, Bytes& bytes) {
  const auto found = item.texts.find(name);
  if (found == item.texts.end()) return false;
  const auto decoded = base::HexDecode(found->second);
  if (!decoded || decoded->size() != bytes.size()) return false;
  std::copy(decoded->begin(), decoded->end(), bytes.begin());
  return true;
}

}  // namespace

std::string WhyNoNames(const dynamodb::Table& table) {
  if (const char* const why = dynamodb::WhyNoTable(table)) return why;
  for (const std::string& name : {table.key, table.ttl}) {
    if (std::find(std::begin(kAttributes), std::end(kAttributes), name) == std::end(kAttributes)) {
      continue;
    }
    return "neither key nor ttl can be \"" + name +
           "\", which is an attribute that the sink writes";
  }
  return {};
}

dynamodb::Item ToItem(const Position& position) {
  return {kPositionKey,
          {},
          {{kLog, base::HexEncode(position.log)},
           {kSequence, std::to_string(position.position.sequence)},
           {kHash, base::HexEncode(position.position.hash)},
           {kMark, base::HexEncode(position.mark)}}};
}

std::optional<Position> FromItem(const dynamodb::Item& item) {
  Position position;
  if (!ReadHex(item, kLog, position.log) || !ReadHex(item, kHash, position.position.hash) ||
      !ReadHex(item, kMark, position.mark)) {
    return std::nullopt;
  }
  const auto sequence = item.texts.find(kSequence);
  if (sequence == item.texts.end()) return std::nullopt;
  const std::string& text = sequence->second;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, position.position.sequence);
  if (error != std::errc() || stop != end) return std::nullopt;
  return position;
}

std::vector<std::vector<dynamodb::Item>> ToItems(std::span<const revocation::Revocation> entries) {
  std::vector<std::vector<dynamodb::Item>> groups;
  for (const revocation::Revocation& entry : entries) {
    std::string word = WordOf(entry.kind);
    if (word.empty()) continue;
    dynamodb::Item item{entry.subject, entry.keep_until, {{kKind, std::move(word)}}};
    if (groups.empty()) groups.emplace_back();
    std::vector<dynamodb::Item>& last = groups.back();
    const auto same = std::find_if(last.begin(), last.end(),
                                   [&item](const auto& other) { return other.key == item.key; });
    if (same != last.end()) {
      *same = std::move(item);
    } else if (last.size() < dynamodb::kMostPuts) {
      last.push_back(std::move(item));
    } else {
      groups.push_back({std::move(item)});
    }
  }
  return groups;
}

}  // namespace sallyport::sink
