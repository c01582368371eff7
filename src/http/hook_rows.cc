#include "http/hook_rows.h"

#include <utility>

#include "http/operator_page.h"

namespace sallyport::http {

Response HookRows(const Backends& backends, const Request& request, const Peer& peer) {
  if (auto refusal = RefuseOperatorPage(backends, request, peer)) return std::move(*refusal);
  return {.status = 200,
          .content_type = kJson,
          .headers = "Cache-Control: no-store\r\n",
          .body = backends.describe_hooks()};
}

}  // namespace sallyport::http
