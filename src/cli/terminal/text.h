// Shows text that others have written on a terminal: measures it in columns, and removes what could
// control the terminal.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sallyport::cli {

// Whether the character could control the terminal, or change how the text around it is shown: C0
// and C1 control characters, DEL, marks for the writing direction, line separators, and invisible
// characters.
bool IsUnsafe(uint32_t code_point);

// `text` on one line. Unsafe characters, and bytes that are not UTF-8, are replaced by escapes such
// as \n, \x1b or \u{202e}.
std::string Escaped(std::string_view text);

// How many columns escaped text takes: two for East Asian wide characters, none for combining ones.
size_t Columns(std::string_view escaped);

// Escaped text in at most `columns` columns; longer text is truncated and ends with an ellipsis. 0:
// no limit.
std::string Fitted(std::string_view escaped, size_t columns);

// Text in lines of at most `columns` columns, broken at spaces. Each line after the first is
// indented by `indent` spaces.
std::string Wrapped(std::string_view text, size_t columns, size_t indent);

}  // namespace sallyport::cli
