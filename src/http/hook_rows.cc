#include "http/hook_rows.h"

namespace sallyport::http {

Response HookRows(const Backends& backends) {
  return {.status = 200,
          .content_type = kJson,
          .headers = "Cache-Control: no-store\r\n",
          .body = backends.describe_hooks()};
}

}  // namespace sallyport::http
