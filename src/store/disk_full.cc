#include <utility>

#include "store/store.h"

namespace sallyport::store {
namespace {

constexpr char kCode[] = "ServiceUnavailableException";

}  // namespace

base::Error DiskFullError(std::string cause) {
  return {kCode,
          "The server's disk is full. Until there is space again it accepts only what revokes: "
          "sign-outs, and disabling and deleting users.",
          std::move(cause)};
}

bool IsDiskFull(const base::Error& error) {
  return error.code == kCode;
}

}  // namespace sallyport::store
