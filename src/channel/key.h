// Key: what an Agent and its server both know, and never send.
#pragma once

#include <cstddef>
#include <string>

#include "base/secret.h"

namespace sallyport::channel {

inline constexpr size_t kKeyBytes = 32;

struct Key {
  std::string identity;  // names the key to the other end, in clear
  base::Secret secret;   // kKeyBytes bytes
};

}  // namespace sallyport::channel
