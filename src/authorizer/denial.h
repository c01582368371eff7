// Denial: the answer to a denied request, as API Gateway's COGNITO_USER_POOLS authorizer gives it,
// with WWW-Authenticate (RFC 6750, section 3) added. Every gate answers by this table.
#pragma once

#include <string_view>

#include "authorizer/sallyport.h"

namespace sallyport::authorizer {

struct Denial {
  int status;
  std::string_view body;          // JSON
  std::string_view error_type;    // x-amzn-ErrorType
  std::string_view authenticate;  // WWW-Authenticate
};

inline constexpr int kUnauthorizedStatus = 401;
inline constexpr int kForbiddenStatus = 403;

// `scope_status` is 401 or 403: the rule's answer to an access token without the scope. Any other
// number counts as 401.
Denial DenialOf(sallyport_reason reason, int scope_status);

}  // namespace sallyport::authorizer
