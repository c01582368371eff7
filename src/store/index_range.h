// IndexRange: which rows of an index a List reads, in terms that a query in SQL can compare.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "store/store.h"

namespace sallyport::store {

// The rows whose (sort, key) is at least (`sort`, `key`), and whose sort is less than `bound`; an
// empty `bound` is none.
struct IndexRange {
  std::string sort;
  std::string key;
  std::string bound;
};

// The rows whose sort begins with `prefix`, after `after` if it is given (Reader::List).
inline IndexRange RangeOf(std::string_view prefix, const std::optional<ListPosition>& after) {
  IndexRange range{.sort = std::string(prefix), .key = {}, .bound = std::string(prefix)};
  if (after && after->sort >= prefix) {
    range.sort = after->sort;
    // The least key that is greater than this one.
    range.key = after->key + '\0';
  }
  // The least text that is greater than all texts that begin with the prefix, if there is one.
  std::string& bound = range.bound;
  while (!bound.empty() && static_cast<uint8_t>(bound.back()) == 0xff) bound.pop_back();
  if (!bound.empty()) bound.back() = static_cast<char>(static_cast<uint8_t>(bound.back()) + 1);
  return range;
}

// A limit as a query takes it.
inline int64_t QueryLimit(size_t limit) {
  return static_cast<int64_t>(
      std::min<size_t>(limit, static_cast<size_t>(std::numeric_limits<int32_t>::max())));
}

}  // namespace sallyport::store
