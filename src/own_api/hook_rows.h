// The rows of --hook, with which `sallyport hook run` finds the Runtime API of a function.
#pragma once

#include "own_api/page.h"

namespace sallyport::own_api {

// {"hooks": [{"function", "way", "runtimes"}]}. "runtimes" is the number of runtimes that are
// connected; only Runtime APIs have it.
base::Result<Shown> ShowHookRows(const PageCall& call);
inline constexpr Page kHookRows{"/_sallyport/hooks", ShowHookRows};

}  // namespace sallyport::own_api
