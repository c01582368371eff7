// Any bytes as a request's Authorization header, and the canonical request that is made with it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/clock.h"
#include "http/sigv4.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using sallyport::http::SigV4Verifier;
  static const sallyport::base::ManualClock clock(1'440'938'160'000);
  static SigV4Verifier verifier({{"AKIDEXAMPLE", sallyport::base::Secret("secret")}}, clock);
  // The first line is the request's target, the rest the header.
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t line = input.find('\n');
  if (line == std::string_view::npos) return 0;
  const sallyport::http::SignedRequest request{"POST",
                                               input.substr(0, line),
                                               {{"Host", "localhost"},
                                                {"X-Amz-Date", "20150830T123600Z"},
                                                {"Authorization", input.substr(line + 1)}},
                                               "{}"};
  // Nobody knows the secret.
  if (verifier.Verify(request)) abort();
  if (const auto header = sallyport::http::ReadSigV4Header(input.substr(line + 1))) {
    if (sallyport::http::CanonicalRequest(request, *header).size() < 64) abort();
  }
  return 0;
}
