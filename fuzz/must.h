// What a fuzzer claims about every input.
#pragma once

#include <cstdlib>

// Ends the process where `condition` does not hold, which is how a fuzzer reports the input.
inline void Must(bool condition) {
  if (!condition) std::abort();
}
