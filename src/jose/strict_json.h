// The one pass that this layer makes over JSON text: strict (RFC 8259, and I-JSON's RFC 7493 rule
// of unique names), and only the top-level members are handed out. Internal to `jose`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::jose {

inline constexpr size_t kMaxJsonDepth = 32;

// Gets the members of the top-level object in order. Views are valid during the call only. False
// rejects the text.
class MemberVisitor {
 public:
  virtual ~MemberVisitor() = default;
  // `value` is unescaped.
  virtual bool OnString(std::string_view name, std::string_view value) = 0;
  virtual bool OnInteger(std::string_view name, int64_t value) = 0;
  // A fraction, an integer beyond int64, true, false, null, an object or an array.
  virtual bool OnOther(std::string_view name) = 0;
};

// Whether `json` is one object: RFC 8259 syntax and UTF-8, nothing before or after it but white
// space, no name twice in one object at any depth, no nesting beyond kMaxJsonDepth, no number
// beyond double, no NUL in any string, no name written with escapes that it does not need. On
// failure the text says what is wrong; static. nullptr: it is well-formed and the visitor accepted
// all.
const char* VisitObject(std::string_view json, MemberVisitor& visitor);

// The text of one top-level member, as FindClaim (token.h) describes it; nullopt also where `json`
// is not well-formed.
std::optional<std::string> MemberText(std::string_view json, std::string_view name);

// `text` as a JSON string, quotes included.
std::string QuoteJson(std::string_view text);

}  // namespace sallyport::jose
