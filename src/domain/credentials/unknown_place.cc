#include "domain/credentials/unknown_place.h"

#include <algorithm>

namespace sallyport::domain {

UnknownPlace PlaceOfUnknown(std::string_view subject, uint32_t records) {
  constexpr size_t kTagDigits = 22;
  const std::string_view digits = subject.substr(subject.rfind('.') + 1);
  uint64_t number = 0;
  for (const char digit : digits.substr(0, 10)) {
    number = (number ^ static_cast<unsigned char>(digit)) * 0x9fb21c651e98df25ULL;
    number ^= number >> 32;
  }
  return {number % std::max<uint32_t>(records, 1),
          std::string(digits.substr(digits.size() - std::min(digits.size(), kTagDigits)))};
}

}  // namespace sallyport::domain
