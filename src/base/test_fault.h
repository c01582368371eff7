// TestFault: for builds that break the promise on purpose (tests/faults), and no other.
#pragma once

#ifndef SALLYPORT_TEST_FAULTS
#error "only a build with SALLYPORT_TEST_FAULTS may include this"
#endif

#include <cstdlib>
#include <string_view>

namespace sallyport::base {

// SALLYPORT_FAULT names this one.
inline bool TestFault(std::string_view name) {
  const char* fault = std::getenv("SALLYPORT_FAULT");
  return fault != nullptr && name == fault;
}

}  // namespace sallyport::base
