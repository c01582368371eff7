#include "cli/terminal/table.h"

#include <algorithm>
#include <numeric>

#include "cli/terminal/text.h"

namespace sallyport::cli {
namespace {

constexpr size_t kGap = 2;
constexpr size_t kLeastColumn = 8;  // a column is not truncated below this

using Row = std::vector<std::string>;

// Makes the widest columns narrower until all of them fit.
void Shrink(std::vector<size_t>& widths, size_t width) {
  if (width == 0 || widths.empty()) return;
  const size_t gaps = kGap * (widths.size() - 1);
  size_t sum = std::accumulate(widths.begin(), widths.end(), gaps);
  while (sum > width) {
    const auto widest = std::max_element(widths.begin(), widths.end());
    if (*widest <= kLeastColumn) return;
    --*widest;
    --sum;
  }
}

void AppendRow(std::string& out, const Row& row, const std::vector<size_t>& widths) {
  for (size_t i = 0; i < row.size(); ++i) {
    const std::string cell = Fitted(row[i], widths[i]);
    out += cell;
    if (i + 1 < row.size()) out.append(widths[i] - Columns(cell) + kGap, ' ');
  }
  out.erase(out.find_last_not_of(' ') + 1);
  out += '\n';
}

}  // namespace

std::string FormatTable(const Row& titles, const std::vector<Row>& rows, size_t width) {
  std::vector<Row> lines;
  if (!titles.empty()) lines.push_back(titles);
  for (const Row& row : rows) {
    Row& line = lines.emplace_back();
    for (const std::string& cell : row) line.push_back(Escaped(cell));
  }
  std::vector<size_t> widths;
  for (const Row& line : lines) {
    widths.resize(std::max(widths.size(), line.size()), 1);
    for (size_t i = 0; i < line.size(); ++i) widths[i] = std::max(widths[i], Columns(line[i]));
  }
  Shrink(widths, width);
  std::string out;
  for (const Row& line : lines) AppendRow(out, line, widths);
  return out;
}

}  // namespace sallyport::cli
