// Any bytes as CSV. However the input is cut into two chunks, it gives the same rows; line numbers
// only increase; and a good row that is written again is read as the same row.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "codec/csv.h"

namespace {

using sallyport::codec::CsvReader;
using sallyport::codec::CsvRow;

std::vector<CsvRow> Read(std::string_view text, size_t chunk) {
  CsvReader reader(64);
  std::vector<CsvRow> rows;
  for (size_t at = 0; at < text.size(); at += chunk) {
    reader.Feed(text.substr(at, chunk));
    while (auto row = reader.Next()) rows.push_back(std::move(*row));
  }
  reader.End();
  while (auto row = reader.Next()) rows.push_back(std::move(*row));
  return rows;
}

void CheckRoundTrip(const CsvRow& row) {
  std::string text;
  for (const std::string& field : row.fields) {
    if (!text.empty() || &field != row.fields.data()) text += ',';
    text += sallyport::codec::CsvField(field);
  }
  // A row of one empty field is an empty line, and a byte order mark at the start is dropped:
  // neither can be compared.
  if (text.empty() || text.starts_with("\xEF\xBB\xBF")) return;
  CsvReader reader(1 << 20);
  reader.Feed(text);
  reader.End();
  const auto again = reader.Next();
  if (!again || again->fields != row.fields || reader.Next()) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0 || size > 4096) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto rows = Read(text, 1 + data[0]);
  const auto same = Read(text, text.size() + 1);
  if (rows.size() != same.size()) std::abort();
  uint64_t line = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const CsvRow& row = rows[i];
    if (row.line <= line || row.line != same[i].line || row.fields != same[i].fields) std::abort();
    if (row.error.empty() != same[i].error.empty()) std::abort();
    if (row.error.empty() == row.fields.empty()) std::abort();
    if (row.error.empty()) CheckRoundTrip(row);
    line = row.line;
  }
  return 0;
}
