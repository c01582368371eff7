// Any bytes as the body of a call of any operation: ReadInput reads it, or refuses it with a
// message that fits into JSON. The first byte chooses the operation, the second whether unknown
// members are refused.
#include <boost/json/object.hpp>
#include <cstdlib>
#include <string_view>

#include "base/error_codes.h"
#include "base/utf8.h"
#include "operations/dispatch/read_input.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using sallyport::operations::UnknownMembers;
  namespace base = sallyport::base;
  namespace model = sallyport::operations::model;
  if (size < 2) return 0;
  const auto input = sallyport::operations::ReadInput(
      model::operations[data[0] % model::operations.size()],
      {reinterpret_cast<const char*>(data) + 2, size - 2},
      data[1] % 2 == 0 ? UnknownMembers::kIgnored : UnknownMembers::kRefused);
  if (input) return 0;
  const base::Error& error = input.error();
  const bool expected =
      error.code == base::code::kSerialization || error.code == base::code::kInvalidParameter;
  if (!expected || !base::IsUtf8(error.message)) std::abort();
  return 0;
}
