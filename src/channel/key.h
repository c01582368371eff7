// Key: a secret that an Agent and its server share and never send.
#pragma once

#include <cstddef>
#include <string>

#include "base/secret.h"

namespace sallyport::channel {

inline constexpr size_t kKeyBytes = 32;

struct Key {
  std::string identity;  // tells the other end which key it is; sent in clear
  base::Secret secret;   // kKeyBytes bytes
};

}  // namespace sallyport::channel
