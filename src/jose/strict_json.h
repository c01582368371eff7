// How this layer reads JSON. It is strict (RFC 8259, and the rule of RFC 7493
// that names are unique) and gives only the top-level members to its caller. Internal to `jose`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::jose {

inline constexpr size_t kMaxJsonDepth = 32;

// Receives the members of the top-level object in their order. Views are valid only during the
// call. Returning false rejects the text.
class MemberVisitor {
 public:
  virtual ~MemberVisitor() = default;
  // `value` is unescaped. A view into the text, where it has no escapes, is valid as long as the
  // text.
  virtual bool OnString(std::string_view name, std::string_view value) = 0;
  virtual bool OnInteger(std::string_view name, int64_t value) = 0;
  // For a fraction, an integer beyond int64, true, false, null, an object or an array.
  virtual bool OnOther(std::string_view name) = 0;
};

// Checks that `json` is exactly one object: syntax of RFC 8259 and valid UTF-8; nothing before or
// after it except white space; no name twice in one object at any depth; no nesting beyond
// kMaxJsonDepth; no number beyond double; no NUL in any string; no name with escapes that it does
// not need. On failure gives a static text that says what is wrong; nullptr: it is well-formed, and
// the visitor has accepted everything.
const char* VisitObject(std::string_view json, MemberVisitor& visitor);

// The same for every text, by the general parser alone. VisitObject leaves to it what is not plain
// (plain_json.h); tests compare the two.
const char* VisitAnyObject(std::string_view json, MemberVisitor& visitor);

// The value of one top-level member as text, as FindClaim (token.h) describes; also nullopt where
// `json` is not well-formed.
std::optional<std::string> MemberText(std::string_view json, std::string_view name);

// `text` as a JSON string, including the quotes.
std::string QuoteJson(std::string_view text);

}  // namespace sallyport::jose
