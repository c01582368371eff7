#include "jose/plain_json.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace sallyport::jose {
namespace {

constexpr uint64_t kEach = 0x0101010101010101;
constexpr uint64_t kHigh = 0x8080808080808080;

bool IsPlain(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

// The highest bit of each byte that is zero; perhaps of others too, but then not of the lowest
// ones.
uint64_t Zeros(uint64_t word) {
  return (word - kEach) & ~word & kHigh;
}

// As Zeros, for each byte that is not plain.
uint64_t NotPlain(uint64_t word) {
  const uint64_t control = (word - kEach * 0x20) & ~word & kHigh;
  return control | (word & kHigh) | Zeros(word ^ kEach * '"') | Zeros(word ^ kEach * '\\');
}

}  // namespace

bool PlainObject::Read(std::string_view json) {
  at_ = json.data();
  end_ = at_ + json.size();
  size_ = 0;
  seen_ = 0;
  if (!Accept('{')) return false;
  if (Accept('}')) return at_ == end_;
  do {
    if (!ReadMember()) return false;
  } while (Accept(','));
  return Accept('}') && at_ == end_;
}

bool PlainObject::ReadMember() {
  if (size_ == kMostMembers) return false;
  PlainMember& member = members_[size_];
  if (!ReadString(member.name) || !Accept(':') || !IsNew(member.name) || !ReadValue(member)) {
    return false;
  }
  ++size_;
  return true;
}

bool PlainObject::ReadString(std::string_view& text) {
  if (!Accept('"')) return false;
  const char* const begin = at_;
  if constexpr (std::endian::native == std::endian::little) {
    for (uint64_t word = 0; end_ - at_ >= 8; at_ += 8) {
      std::memcpy(&word, at_, 8);
      if (const uint64_t stop = NotPlain(word); stop != 0) {
        at_ += std::countr_zero(stop) / 8;
        break;
      }
    }
  }
  while (at_ != end_ && IsPlain(*at_)) ++at_;
  text = {begin, static_cast<size_t>(at_ - begin)};
  return Accept('"');
}

bool PlainObject::ReadValue(PlainMember& member) {
  if (at_ == end_) return false;
  if (*at_ == '"') {
    member.kind = PlainMember::Kind::kString;
    return ReadString(member.text);
  }
  if (*at_ >= '0' && *at_ <= '9') {
    member.kind = PlainMember::Kind::kInteger;
    return ReadInteger(member.integer);
  }
  member.kind = PlainMember::Kind::kOther;
  return *at_ == '[' ? ReadArray() : ReadWord("true") || ReadWord("false") || ReadWord("null");
}

bool PlainObject::ReadInteger(int64_t& value) {
  const char* const begin = at_;
  value = 0;
  for (; at_ != end_ && *at_ >= '0' && *at_ <= '9'; ++at_) {
    if (at_ - begin == 18) return false;
    value = value * 10 + (*at_ - '0');
  }
  // A leading zero is an error, and after a point or an exponent it would be another kind of
  // number; whatever else follows is no comma and no bracket either.
  return at_ - begin == 1 || *begin != '0';
}

bool PlainObject::ReadArray() {
  if (!Accept('[')) return false;
  if (Accept(']')) return true;
  PlainMember element;
  do {
    if (at_ == end_ || *at_ == '[' || !ReadValue(element)) return false;
  } while (Accept(','));
  return Accept(']');
}

bool PlainObject::ReadWord(std::string_view word) {
  if (!std::string_view(at_, static_cast<size_t>(end_ - at_)).starts_with(word)) return false;
  at_ += word.size();
  return true;
}

bool PlainObject::Accept(char c) {
  if (at_ == end_ || *at_ != c) return false;
  ++at_;
  return true;
}

bool PlainObject::IsNew(std::string_view name) {
  const size_t mixed = name.empty() ? 0
                                    : name.size() + 5 * static_cast<size_t>(name.front()) +
                                          11 * static_cast<size_t>(name.back());
  const uint64_t bit = uint64_t{1} << mixed % 64;
  const bool perhaps_known = (seen_ & bit) != 0;
  seen_ |= bit;
  return !perhaps_known || std::none_of(members_.begin(), members_.begin() + size_,
                                        [name](const PlainMember& m) { return m.name == name; });
}

}  // namespace sallyport::jose
