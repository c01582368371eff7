// Finds the place of a name in a table of fixed size for names that no user has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sallyport::domain {

// How many names share a record of such a table.
inline constexpr size_t kUnknownPlaces = 4;

struct UnknownPlace {
  uint64_t record = 0;  // a number less than `records`
  std::string tag;      // identifies the name within the record: 132 bits, base64url
};

// `subject` ends with a MAC of the name, in base64url, so nobody can choose names that share a
// record.
UnknownPlace PlaceOfUnknown(std::string_view subject, uint32_t records);

}  // namespace sallyport::domain
