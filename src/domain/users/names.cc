#include "domain/users/names.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>

#include "base/text.h"
#include "base/utf8.h"
#include "domain/pools/pool.h"

namespace sallyport::domain {
namespace {

bool IsAscii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

icu::UnicodeString WithoutUnseen(const icu::UnicodeString& text) {
  icu::UnicodeString seen;
  for (int32_t at = 0; at < text.length(); at = text.moveIndex32(at, 1)) {
    const UChar32 character = text.char32At(at);
    if (!u_hasBinaryProperty(character, UCHAR_DEFAULT_IGNORABLE_CODE_POINT)) seen.append(character);
  }
  return seen;
}

// Canonical caseless matching (Unicode, D145), but composed in the end.
std::string OfUnicode(std::string_view name, bool fold) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* const decompose = icu::Normalizer2::getNFDInstance(status);
  const icu::Normalizer2* const compose = icu::Normalizer2::getNFCInstance(status);
  if (U_FAILURE(status)) return std::string(name);
  const icu::StringPiece bytes(name.data(), static_cast<int32_t>(name.size()));
  icu::UnicodeString text =
      decompose->normalize(WithoutUnseen(icu::UnicodeString::fromUTF8(bytes)), status);
  if (fold) text.foldCase(U_FOLD_CASE_DEFAULT);
  text = compose->normalize(text, status);
  // A name of which nobody sees anything is compared as it is.
  if (U_FAILURE(status) || text.isEmpty()) return std::string(name);
  std::string normalised;
  text.toUTF8String(normalised);
  return normalised;
}

}  // namespace

std::string Normalised(const Pool& pool, std::string_view name) {
  if (IsAscii(name) || !base::IsUtf8(name)) return FormerlyNormalised(pool, name);
  return OfUnicode(name, !pool.settings.case_sensitive_names);
}

std::string CaseFolded(std::string_view name) {
  if (IsAscii(name) || !base::IsUtf8(name)) return base::LowerCase(name);
  return OfUnicode(name, /*fold=*/true);
}

std::string FormerlyNormalised(const Pool& pool, std::string_view name) {
  return pool.settings.case_sensitive_names ? std::string(name) : base::LowerCase(name);
}

}  // namespace sallyport::domain
