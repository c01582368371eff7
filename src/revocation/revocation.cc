#include "revocation/revocation.h"

#include <openssl/evp.h>

#include <cstdlib>

#include "revocation/wire.h"

namespace sallyport::revocation {

LogHash NextHash(const LogHash& before, uint64_t sequence, const Revocation& revocation) {
  WireWriter input;
  input.Bytes(before);
  input.Int(sequence);
  input.Int(static_cast<uint8_t>(revocation.kind));
  input.Int(revocation.keep_until);
  input.Text<uint32_t>(revocation.subject);
  input.Text<uint32_t>(revocation.detail);
  const std::string bytes = std::move(input).Take();
  LogHash hash{};
  // This fails only when memory is exhausted. A wrong hash would silently split the history.
  if (EVP_Digest(bytes.data(), bytes.size(), hash.data(), nullptr, EVP_sha256(), nullptr) != 1) {
    std::abort();
  }
  return hash;
}

}  // namespace sallyport::revocation
