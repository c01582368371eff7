#include "authorizer/denial.h"

#include "base/error_codes.h"

namespace sallyport::authorizer {
namespace {

constexpr std::string_view kUnauthorizedBody = R"({"message":"Unauthorized"})";
constexpr std::string_view kInvalidToken = R"(Bearer error="invalid_token")";
constexpr std::string_view kInsufficientScope = R"(Bearer error="insufficient_scope")";

}  // namespace

Denial DenialOf(sallyport_reason reason, int scope_status) {
  switch (reason) {
    case SALLYPORT_REASON_NO_TOKEN:
      return {kUnauthorizedStatus, kUnauthorizedBody, base::code::kUnauthorized, "Bearer"};
    case SALLYPORT_REASON_EXPIRED:
      return {kUnauthorizedStatus, R"({"message":"The incoming token has expired"})",
              base::code::kUnauthorized, kInvalidToken};
    case SALLYPORT_REASON_INSUFFICIENT_SCOPE:
      if (scope_status == kForbiddenStatus) {
        return {kForbiddenStatus, R"({"message":"Forbidden"})", base::code::kForbidden,
                kInsufficientScope};
      }
      return {kUnauthorizedStatus, kUnauthorizedBody, base::code::kUnauthorized,
              kInsufficientScope};
    default:
      return {kUnauthorizedStatus, kUnauthorizedBody, base::code::kUnauthorized, kInvalidToken};
  }
}

}  // namespace sallyport::authorizer
