// Text of others on a terminal: measured in columns, and with nothing in it that steers the
// terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sallyport::cli {

// Whether a terminal may act on the character, or show the text around it other than it is: C0 and
// C1 controls, DEL, marks of the writing direction, line separators, invisible ones.
bool IsUnsafe(uint32_t code_point);

// `text` on one line: what is unsafe, and bytes that are no UTF-8, become escapes such as \n, \x1b,
// \u{202e}.
std::string Escaped(std::string_view text);

// Columns that escaped text takes: East Asian wide characters take two, combining ones none.
size_t Columns(std::string_view escaped);

// Escaped text in at most `columns` columns; what is too long ends with an ellipsis. 0: no limit.
std::string Fitted(std::string_view escaped, size_t columns);

// Text in lines of at most `columns` columns, broken at blanks; each line after the first begins
// with `indent` blanks.
std::string Wrapped(std::string_view text, size_t columns, size_t indent);

}  // namespace sallyport::cli
