#include "own_api/hook_rows.h"

namespace sallyport::own_api {

base::Result<Shown> ShowHookRows(const PageCall& call) {
  return Shown{.body = call.describe_hooks()};
}

}  // namespace sallyport::own_api
