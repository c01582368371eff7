// Makes of plain numbers the times that otherwise only a ServerTime gives.
#pragma once

#include <cstdint>

#include "store/forgetting.h"

namespace sallyport::store {

struct TimesForTests {
  static ForgetBefore Forget(int64_t seconds) { return ForgetBefore(seconds); }
};

}  // namespace sallyport::store
