// The rows of --hook: where `sallyport hook run` finds the Runtime API of a function.
#pragma once

#include "own_api/page.h"

namespace sallyport::own_api {

// {"hooks": [{"function", "way", "runtimes"}]}; "runtimes", how many are connected, is there for
// Runtime APIs alone.
base::Result<Shown> ShowHookRows(const PageCall& call);
inline constexpr Page kHookRows{"/_sallyport/hooks", ShowHookRows};

}  // namespace sallyport::own_api
