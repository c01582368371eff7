// Rows and columns for people.
#pragma once

#include <string>
#include <vector>

namespace sallyport::cli {

// Columns aligned and two blanks apart; `titles` above, none where it is empty. Cells are escaped.
// Where the table is wider than `width` columns, the widest ones are cut; 0: no limit. Each line
// ends with a newline and has no blanks before it.
std::string FormatTable(const std::vector<std::string>& titles,
                        const std::vector<std::vector<std::string>>& rows, size_t width);

}  // namespace sallyport::cli
