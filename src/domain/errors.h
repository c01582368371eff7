// Errors: those of the Cognito API that many places answer.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace sallyport::domain {

// InvalidParameterException: `message` is what the caller reads.
inline base::Error InvalidParameter(std::string message) {
  return {"InvalidParameterException", std::move(message), ""};
}

}  // namespace sallyport::domain
