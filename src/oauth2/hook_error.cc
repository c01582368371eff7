#include "oauth2/hook_error.h"

#include <utility>

#include "base/error_codes.h"

namespace sallyport::oauth2 {

base::Error HookError(base::Error error) {
  for (char& c : error.message) {
    if (c < ' ' || c > '~' || c == '"' || c == '\\') c = '?';
  }
  return {base::code::oauth::kInvalidRequest, std::move(error.message), std::move(error.cause)};
}

}  // namespace sallyport::oauth2
