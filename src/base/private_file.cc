#include "base/private_file.h"

#include <utility>

#include "base/regular_file.h"

namespace sallyport::base {

Result<Secret> ReadPrivateFile(const std::string& path, size_t greatest_bytes) {
  SALLYPORT_ASSIGN(std::string text, ReadRegularFile(path, greatest_bytes, MayRead::kOwnerAlone));
  return Secret(std::move(text));
}

}  // namespace sallyport::base
