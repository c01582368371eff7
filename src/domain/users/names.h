// Names as user pools compare them: usernames and the aliases that sign in (docs/decisions/0033).
#pragma once

#include <string>
#include <string_view>

namespace sallyport::domain {

struct Pool;

// The form in which names of this pool are compared: Unicode's NFC, without characters that nobody
// sees (Default_Ignorable_Code_Point); case folded, unless UsernameConfiguration says
// CaseSensitive. Names that look alike and are written otherwise stay different. What is no UTF-8
// stays as it is.
std::string Normalised(const Pool& pool, std::string_view name);

// The same by the rules of versions up to 0.1: ASCII's letters in lower case, and nothing else. A
// name of then whose new form another user has got is still found by it alone.
std::string FormerlyNormalised(const Pool& pool, std::string_view name);

// As Normalised where case does not count: for what is the same name in any pool.
std::string CaseFolded(std::string_view name);

}  // namespace sallyport::domain
