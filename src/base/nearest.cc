#include "base/nearest.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace sallyport::base {
namespace {

// The greatest number of edits between what was written and what may have been meant. For a short
// word, more than half of the letters must be right; otherwise nearly every other short word would
// qualify.
constexpr size_t kMostEdits = 4;
bool NearEnough(size_t edits, std::string_view written) {
  return edits <= kMostEdits && edits * 2 <= written.size();
}

// Levenshtein distance.
size_t Distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string Nearest(std::string_view written, const std::vector<std::string>& known) {
  const auto nearest = std::min_element(known.begin(), known.end(),
                                        [written](const std::string& a, const std::string& b) {
                                          return Distance(written, a) < Distance(written, b);
                                        });
  if (nearest == known.end() || !NearEnough(Distance(written, *nearest), written)) return {};
  return *nearest;
}

}  // namespace sallyport::base
