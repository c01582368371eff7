// A form's body and its content type: whatever a client posts to an OAuth endpoint.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "codec/form.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using sallyport::codec::Form;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  // The first line is the content type.
  const size_t line = input.find('\n');
  if (line == std::string_view::npos) return 0;
  Form::Parse(input.substr(0, line), input.substr(line + 1)).ok();
  const auto unescaped = sallyport::codec::DecodeEscapes(input.substr(line + 1));
  if (unescaped && unescaped->find('\0') != std::string::npos) abort();
  const auto form = Form::Parse("application/x-www-form-urlencoded", input.substr(line + 1));
  if (!form) {
    if (form.error() == sallyport::codec::FormFault::kOtherType) abort();
    return 0;
  }
  if (form->size() > Form::kMostParameters) abort();
  for (const char* name : {"grant_type", "token", "a"}) {
    if (form->Get(name).find('\0') != std::string_view::npos) abort();
  }
  return 0;
}
