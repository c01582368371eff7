// Any bytes as an enrolment file, an identity or an address: refused, or understood so exactly that
// writing gives the same again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "channel/enrolment.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sallyport::channel;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto enrolment = ParseEnrolment(text); enrolment.ok()) {
    if (FormatEnrolment(*enrolment) != text) std::abort();
    if (!ParseIdentity(enrolment->key().identity)) std::abort();
  }
  if (const auto identity = ParseIdentity(text)) {
    if (IdentityOf(identity->name, identity->key_id) != text) std::abort();
  }
  if (const auto address = ParseAddress(text)) {
    if (Show(*address) != text) std::abort();
  }
  return 0;
}
