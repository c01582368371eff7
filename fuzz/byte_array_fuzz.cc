// Any bytes as a bytea[] that PostgreSQL sends. What is taken must be the bytes that were given, in
// order.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "store_postgres/queries.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto items = sallyport::store::postgres::ParseByteArray(bytes);
  if (!items) return 0;
  const char* at = bytes.data();
  for (const std::string_view item : *items) {
    if (item.data() < at || item.data() + item.size() > bytes.data() + bytes.size()) std::abort();
    at = item.data() + item.size();
  }
  return 0;
}
