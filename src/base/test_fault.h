// TestFault: for builds that break the promise on purpose (tests/faults). It does nothing in other
// builds.
#pragma once

#ifndef SALLYPORT_TEST_FAULTS
#error "only a build with SALLYPORT_TEST_FAULTS may include this"
#endif

#include <cstdlib>
#include <string_view>

namespace sallyport::base {

// Whether the environment variable SALLYPORT_FAULT names this fault.
inline bool TestFault(std::string_view name) {
  const char* fault = std::getenv("SALLYPORT_FAULT");
  return fault != nullptr && name == fault;
}

}  // namespace sallyport::base
