// Form: the parameters of an application/x-www-form-urlencoded body (RFC 6749 appendix B), read
// strictly.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace sallyport::codec {

enum class FormFault {
  kOtherType,
  kTooLong,
  kTooManyParameters,
  kParameterTwice,
  kMalformed,
};

class Form {
 public:
  static constexpr size_t kMostBytes = 64 * 1024;
  static constexpr size_t kMostParameters = 64;

  // A fault: another content type; beyond the bounds above; a parameter twice (RFC 6749
  // section 3.2); a "%" without two hexadecimal digits; a byte that must be escaped and is not; a
  // NUL; a name that is empty.
  static base::Result<Form, FormFault> Parse(std::string_view content_type, std::string_view body);

  // Empty: absent, or without a value, which is the same (RFC 6749 section 3.2).
  std::string_view Get(std::string_view name) const;
  size_t size() const { return parameters_.size(); }

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

// True where `content_type` is that of a form, whatever its parameters.
bool IsForm(std::string_view content_type);

}  // namespace sallyport::codec
