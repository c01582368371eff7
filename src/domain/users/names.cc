#include "domain/users/names.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/text.h"
#include "base/utf8.h"
#include "domain/pools/pool.h"

namespace sallyport::domain {
namespace {

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// No username, and no e-mail address that can receive mail, is longer.
constexpr size_t kGreatestNameBytes = 2048;
// From Unicode's Stream-Safe Text Format (UAX 15, section 13): no language has more marks on one
// letter. The time for sorting them is proportional to the square of their number.
constexpr int kMostMarks = 30;

// Whether the text can be normalised quickly.
bool IsOrdinary(const icu::UnicodeString& text) {
  int marks = 0;
  for (int32_t at = 0; at < text.length(); at = text.moveIndex32(at, 1)) {
    const UChar32 character = text.char32At(at);
    marks = u_getCombiningClass(character) != 0 ? marks + 1 : 0;
    if (marks > kMostMarks) return false;
  }
  return true;
}

icu::UnicodeString WithoutUnseen(const icu::UnicodeString& text) {
  icu::UnicodeString seen;
  for (int32_t at = 0; at < text.length(); at = text.moveIndex32(at, 1)) {
    const UChar32 character = text.char32At(at);
    if (!u_hasBinaryProperty(character, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) seen.append(character);
  }
  return seen;
}

// Canonical caseless matching (Unicode, D145), with a composed result. nullopt for a name that is
// compared byte by byte: ASCII, for which the result is the same; a text that is not UTF-8; a name
// without visible characters; and one that would take long, because the sender has not proved
// anything yet.
std::optional<std::string> OfUnicode(std::string_view name, bool fold) {
  if (name.size() > kGreatestNameBytes || IsAscii(name) || !base::IsUtf8(name)) return std::nullopt;
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* const decompose = icu::Normalizer2::getNFDInstance(status);
  const icu::Normalizer2* const compose = icu::Normalizer2::getNFCInstance(status);
  if (U_FAILURE(status)) return std::nullopt;
  const icu::StringPiece bytes(name.data(), static_cast<int32_t>(name.size()));
  icu::UnicodeString text = WithoutUnseen(icu::UnicodeString::fromUTF8(bytes));
  if (!IsOrdinary(text)) return std::nullopt;
  text = decompose->normalize(text, status);
  if (fold) text.foldCase(U_FOLD_CASE_DEFAULT);
  text = compose->normalize(text, status);
  if (U_FAILURE(status) || text.isEmpty()) return std::nullopt;
  std::string normalised;
  text.toUTF8String(normalised);
  return normalised;
}

}  // namespace

std::string Normalised(const Pool& pool, std::string_view name) {
  auto normalised = OfUnicode(name, !pool.settings.case_sensitive_names);
  return normalised ? std::move(*normalised) : FormerlyNormalised(pool, name);
}

std::string CaseFolded(std::string_view name) {
  auto folded = OfUnicode(name, /*fold=*/true);
  return folded ? std::move(*folded) : base::LowerCase(name);
}

bool HasVisible(std::string_view text) {
  if (IsAscii(text)) return !text.empty();
  if (!base::IsUtf8(text)) return true;
  const icu::StringPiece bytes(text.data(), static_cast<int32_t>(text.size()));
  return !WithoutUnseen(icu::UnicodeString::fromUTF8(bytes)).isEmpty();
}

bool IsUsername(std::string_view text) {
  constexpr uint32_t kSeen = U_GC_L_MASK | U_GC_M_MASK | U_GC_S_MASK | U_GC_N_MASK | U_GC_P_MASK;
  if (text.empty() || !base::IsUtf8(text)) return false;
  const icu::StringPiece bytes(text.data(), static_cast<int32_t>(text.size()));
  const icu::UnicodeString characters = icu::UnicodeString::fromUTF8(bytes);
  for (int32_t at = 0; at < characters.length(); at = characters.moveIndex32(at, 1)) {
    if ((U_GET_GC_MASK(characters.char32At(at)) & kSeen) == 0) return false;
  }
  return !WithoutUnseen(characters).isEmpty();
}

std::string FormerlyNormalised(const Pool& pool, std::string_view name) {
  return pool.settings.case_sensitive_names ? std::string(name) : base::LowerCase(name);
}

}  // namespace sallyport::domain
