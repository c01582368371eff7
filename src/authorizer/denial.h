// Denial: the answer to a denied request, as API Gateway's authorizers COGNITO_USER_POOLS (of REST
// APIs) and JWT (of HTTP APIs) give it; to the former WWW-Authenticate (RFC 6750, section 3) is
// added. Every gate answers by this table.
#pragma once

#include <string_view>

#include "authorizer/sallyport.h"

namespace sallyport::authorizer {

struct Denial {
  int status;
  std::string_view body;          // JSON
  std::string_view error_type;    // x-amzn-ErrorType; empty: no such header
  std::string_view authenticate;  // WWW-Authenticate
};

inline constexpr int kUnauthorizedStatus = 401;
inline constexpr int kForbiddenStatus = 403;

// `scope_status` is 401 or 403: the rule's answer to a token without the scope. 0: the one of the
// style, 401 for REST and 403 for HTTP. Any other number counts as 401.
Denial DenialOf(sallyport_reason reason, int scope_status,
                sallyport_style style = SALLYPORT_STYLE_REST);

}  // namespace sallyport::authorizer
