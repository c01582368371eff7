// How user pools compare names: usernames and the aliases that can be used to sign in
// (docs/decisions/0033).
#pragma once

#include <string>
#include <string_view>

namespace sallyport::domain {

struct Pool;

// The form in which names of this pool are compared: Unicode NFC, without invisible characters
// (Default_Ignorable_Code_Point), and case folded unless UsernameConfiguration says CaseSensitive.
// Names that look alike but are written differently stay different. A text that is not UTF-8, is
// longer than 2,048 bytes or has more than 30 marks in a row is compared byte by byte, ignoring the
// case of ASCII letters: nobody has such a name, and normalising it could take long.
std::string Normalised(const Pool& pool, std::string_view name);

// The same by the rules of versions up to 0.1: ASCII letters in lower case, and nothing else. A
// name from that time is found only by this form if its present form has become another user's
// name.
std::string FormerlyNormalised(const Pool& pool, std::string_view name);

// Whether the text may be a username. It must match the API's pattern for UsernameType (letters,
// marks, symbols, numbers and punctuation) and have a visible character.
bool IsUsername(std::string_view text);

// Whether the text has a character that is not one of those which names may have and nobody sees
// (Default_Ignorable_Code_Point). A text that is not UTF-8 counts as visible.
bool HasVisible(std::string_view text);

// As Normalised for a pool that ignores letter case: the form in which ListUsers compares values,
// in any pool.
std::string CaseFolded(std::string_view name);

}  // namespace sallyport::domain
