// Names as user pools compare them: usernames and the aliases that sign in (docs/decisions/0033).
#pragma once

#include <string>
#include <string_view>

namespace sallyport::domain {

struct Pool;

// The form in which names of this pool are compared: Unicode's NFC, without characters that nobody
// sees (Default_Ignorable_Code_Point); case folded, unless UsernameConfiguration says
// CaseSensitive. Names that look alike and are written otherwise stay different.
// What is not UTF-8, is longer than 2,048 bytes or has more than 30 marks in a row is compared byte
// by byte, but for the case of ASCII's letters: nobody has such a name, and normalising it takes
// long.
std::string Normalised(const Pool& pool, std::string_view name);

// The same by the rules of versions up to 0.1: ASCII's letters in lower case, and nothing else. A
// name of then whose new form another user has got is still found by it alone.
std::string FormerlyNormalised(const Pool& pool, std::string_view name);

// Whether the text may be a username: the pattern of the API's UsernameType, letters, marks,
// symbols, numbers and punctuation, and nothing that is not seen.
bool IsUsername(std::string_view text);

// As Normalised where case does not count: for what is the same name in any pool.
std::string CaseFolded(std::string_view name);

}  // namespace sallyport::domain
