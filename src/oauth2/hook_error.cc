#include "oauth2/hook_error.h"

#include <utility>

namespace sallyport::oauth2 {

base::Error HookError(base::Error error) {
  for (char& c : error.message) {
    if (c < ' ' || c > '~' || c == '"' || c == '\\') c = '?';
  }
  return {"invalid_request", std::move(error.message), std::move(error.cause)};
}

}  // namespace sallyport::oauth2
