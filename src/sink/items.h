// What stands in the table: an item for each revocation that a token can be looked up by, and one
// that says how far the log is mirrored.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dynamodb/table.h"
#include "revocation/frame.h"

namespace sallyport::sink {

// Empty: the key and the TTL of the table can have these names; otherwise why not, as a whole
// sentence.
std::string WhyNoNames(const dynamodb::Table& table);

// The key of the item that has the position. No token has such an identifier.
inline constexpr char kPositionKey[] = "sallyport:position";

// How far the table has the log. All zero: it has nothing.
struct Position {
  revocation::LogId log{};
  revocation::LogPosition position;
  revocation::PositionMark mark{};
  bool operator==(const Position&) const = default;
};

dynamodb::Item ToItem(const Position& position);
// nullopt: the item is not one that ToItem has made.
std::optional<Position> FromItem(const dynamodb::Item& item);

// The items for revocations of token families, single tokens, clients and pools, in the order of
// the log, in groups that fit into one call. Where a group would have a key twice, it has the last
// one only. The key is the identifier, the TTL the time from which every token that is revoked by
// it has expired, and the text "kind" is "family", "event", "jti", "client" or "pool", whose
// identifier is its issuer. Other entries concern keys, which no claim names.
std::vector<std::vector<dynamodb::Item>> ToItems(std::span<const revocation::Revocation> entries);

}  // namespace sallyport::sink
