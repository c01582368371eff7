#include "authorizer/denial.h"

#include "base/error_codes.h"

namespace sallyport::authorizer {
namespace {

constexpr std::string_view kUnauthorizedBody = R"({"message":"Unauthorized"})";
constexpr std::string_view kForbiddenBody = R"({"message":"Forbidden"})";
constexpr std::string_view kInvalidToken = R"(Bearer error="invalid_token")";
constexpr std::string_view kInsufficientScope = R"(Bearer error="insufficient_scope")";

Denial RestDenial(sallyport_reason reason, int scope_status) {
  switch (reason) {
    case SALLYPORT_REASON_NO_TOKEN:
      return {kUnauthorizedStatus, kUnauthorizedBody, base::code::kUnauthorized, "Bearer"};
    case SALLYPORT_REASON_EXPIRED:
      return {kUnauthorizedStatus, R"({"message":"The incoming token has expired"})",
              base::code::kUnauthorized, kInvalidToken};
    case SALLYPORT_REASON_INSUFFICIENT_SCOPE:
      if (scope_status == kForbiddenStatus) {
        return {kForbiddenStatus, kForbiddenBody, base::code::kForbidden, kInsufficientScope};
      }
      return {kUnauthorizedStatus, kUnauthorizedBody, base::code::kUnauthorized,
              kInsufficientScope};
    default:
      return {kUnauthorizedStatus, kUnauthorizedBody, base::code::kUnauthorized, kInvalidToken};
  }
}

Denial HttpUnauthorized(std::string_view authenticate) {
  return {kUnauthorizedStatus, kUnauthorizedBody, {}, authenticate};
}

// HTTP APIs say in a header what is wrong with a token, and nothing in the body.
Denial HttpDenial(sallyport_reason reason, int scope_status) {
  switch (reason) {
    case SALLYPORT_REASON_NO_TOKEN:
      return HttpUnauthorized("Bearer");
    case SALLYPORT_REASON_EXPIRED:
      return HttpUnauthorized(
          R"(Bearer scope="" error="invalid_token" error_description="the token has expired")");
    case SALLYPORT_REASON_INSUFFICIENT_SCOPE:
      if (scope_status == 0 || scope_status == kForbiddenStatus) {
        return {kForbiddenStatus, kForbiddenBody, {}, kInsufficientScope};
      }
      return HttpUnauthorized(kInsufficientScope);
    default:
      return HttpUnauthorized(
          R"(Bearer scope="" error="invalid_token" error_description="the token is not valid")");
  }
}

}  // namespace

Denial DenialOf(sallyport_reason reason, int scope_status, sallyport_style style) {
  return style == SALLYPORT_STYLE_HTTP ? HttpDenial(reason, scope_status)
                                       : RestDenial(reason, scope_status);
}

}  // namespace sallyport::authorizer
