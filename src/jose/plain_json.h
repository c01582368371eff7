// Plain objects: what nearly every token consists of, read without the general parser
// (strict_json.h), which costs several times as much. Internal to `jose`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace sallyport::jose {

struct PlainMember {
  enum class Kind { kString, kInteger, kOther };
  std::string_view name;
  Kind kind = Kind::kOther;
  std::string_view text;  // of a string, without its quotes
  int64_t integer = 0;
};

// The members of one object in their order, as views into its text.
class PlainObject {
 public:
  static constexpr size_t kMostMembers = 32;

  // True: `json` is exactly one object without white space, escapes or characters beyond ASCII,
  // whose names are unique, and whose values are strings, integers of at most 18 digits without a
  // sign, true, false, null, and arrays of such values that are not arrays themselves. That is less
  // than VisitObject accepts, and means the same there. False: it may be sound all the same; the
  // general parser has to judge it.
  bool Read(std::string_view json);

  const PlainMember* begin() const { return members_.data(); }
  const PlainMember* end() const { return members_.data() + size_; }

 private:
  bool ReadMember();
  bool ReadString(std::string_view& text);
  bool ReadValue(PlainMember& member);
  bool ReadInteger(int64_t& value);
  bool ReadArray();
  bool ReadWord(std::string_view word);
  bool Accept(char c);
  bool IsNew(std::string_view name);

  const char* at_ = nullptr;
  const char* end_ = nullptr;
  std::array<PlainMember, kMostMembers> members_;
  size_t size_ = 0;
  uint64_t seen_ = 0;  // a bit for each name, so that few names have to be compared
};

}  // namespace sallyport::jose
