// Tables for people.
#pragma once

#include <string>
#include <vector>

namespace sallyport::cli {

// Columns are aligned and separated by two spaces. `titles` are the first line, unless empty. Cells
// are escaped. Where the table is wider than `width` columns, the widest columns are truncated; 0:
// no limit. Each line ends with a newline and has no spaces before it.
std::string FormatTable(const std::vector<std::string>& titles,
                        const std::vector<std::vector<std::string>>& rows, size_t width);

}  // namespace sallyport::cli
