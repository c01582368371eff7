#include "domain/credentials/session_numbers.h"

#include <array>

#include "base/encoding.h"
#include "base/random.h"

namespace sallyport::domain {
namespace {

std::string NewRun() {
  std::array<uint8_t, 12> bytes{};
  base::RandomBytes(bytes);
  return base::Base64UrlEncode(bytes);
}

}  // namespace

SessionNumbers::SessionNumbers() : run_(NewRun()) {}

}  // namespace sallyport::domain
