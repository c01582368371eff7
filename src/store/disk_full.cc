#include <utility>

#include "base/error_codes.h"
#include "base/sentence.h"
#include "store/store.h"

namespace sallyport::store {
namespace {

constexpr base::Sentence<0> kDiskFull{
    base::code::kServiceUnavailable,
    "The server's disk is full. Until there is space again, it accepts only calls that revoke: "
    "sign-outs, and disabling and deleting users."};

}  // namespace

base::Error DiskFullError(std::string cause) {
  return kDiskFull.Because(std::move(cause));
}

bool IsDiskFull(const base::Error& error) {
  return error.code == base::code::kServiceUnavailable;
}

}  // namespace sallyport::store
