// Form: the parameters in a body of type application/x-www-form-urlencoded (RFC 6749, appendix B),
// read strictly.
#pragma once

#include <optional>
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

  // These are faults: another content type; exceeding the limits above; a parameter that occurs
  // twice (RFC 6749, section 3.2); a "%" without two hexadecimal digits; a byte that is not escaped
  // although it must be; a NUL; an empty name.
  static base::Result<Form, FormFault> Parse(std::string_view content_type, std::string_view body);

  // Empty: the parameter is absent or has no value, which means the same (RFC 6749, section 3.2).
  std::string_view Get(std::string_view name) const;
  size_t size() const { return parameters_.size(); }
  // In the order in which they came.
  const std::vector<std::pair<std::string, std::string>>& parameters() const { return parameters_; }

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

// The parameters as a form or query that Parse reads as the same; each byte but letters, digits and
// "-._~" is escaped.
std::string EncodeForm(const std::vector<std::pair<std::string, std::string>>& parameters);

// The text without its escapes like "%2B"; every other character stays, "+" too. nullopt: a "%"
// lacks its two digits, or the text has a NUL or a byte that must be escaped.
std::optional<std::string> DecodeEscapes(std::string_view text);

// Whether `content_type` is that of a form, with any parameters.
bool IsForm(std::string_view content_type);

}  // namespace sallyport::codec
