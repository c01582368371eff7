// The times that only a ServerTime gives, made of numbers.
#pragma once

#include <cstdint>

#include "store/forgetting.h"

namespace sallyport::store {

struct TimesForTests {
  static ForgetBefore Forget(int64_t seconds) { return ForgetBefore(seconds); }
};

}  // namespace sallyport::store
