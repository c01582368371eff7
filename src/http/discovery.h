// Discovery: what a pool's authorization server can do (OpenID Connect Discovery 1.0 section 3, RFC
// 8414, RFC 9207), as a JSON document. It is made from the same tables by which the server works.
#pragma once

#include <string>

#include "domain/pools/pool.h"
#include "domain/services.h"

namespace sallyport::http {

// The endpoints are this server's, whatever the issuer is.
std::string Discovery(const domain::Settings& settings, const domain::Pool& pool);

}  // namespace sallyport::http
