#include "codec/form.h"

#include <algorithm>
#include <boost/url/encode.hpp>
#include <boost/url/encoding_opts.hpp>
#include <boost/url/pct_string_view.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <optional>

#include "base/text.h"

namespace sallyport::codec {

namespace {

// Whether `text` has only characters that need no escape, "+" and "%".
bool IsEscaped(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

// nullopt where a byte is not escaped although it must be, a "%" lacks its two digits, or there is
// a NUL.
std::optional<std::string> Decode(std::string_view text, bool space_as_plus) {
  if (!IsEscaped(text)) return std::nullopt;
  const auto encoded = boost::urls::make_pct_string_view({text.data(), text.size()});
  if (!encoded) return std::nullopt;
  boost::urls::encoding_opts options;
  options.space_as_plus = space_as_plus;
  std::string decoded = encoded->decode(options);
  if (decoded.find('\0') != std::string::npos) return std::nullopt;
  return decoded;
}

std::optional<std::string> DecodeParameter(std::string_view text) {
  return Decode(text, /*space_as_plus=*/true);
}

}  // namespace

std::optional<std::string> DecodeEscapes(std::string_view text) {
  return Decode(text, /*space_as_plus=*/false);
}

std::string EncodeForm(const std::vector<std::pair<std::string, std::string>>& parameters) {
  const auto encode = [](std::string_view text) {
    return boost::urls::encode({text.data(), text.size()}, boost::urls::unreserved_chars);
  };
  std::string form;
  for (const auto& [name, value] : parameters) {
    if (!form.empty()) form += '&';
    form.append(encode(name)).append(1, '=').append(encode(value));
  }
  return form;
}

bool IsForm(std::string_view content_type) {
  const std::string_view type = base::Trim(content_type.substr(0, content_type.find(';')));
  return base::EqualIgnoringCase(type, "application/x-www-form-urlencoded");
}

base::Result<Form, FormFault> Form::Parse(std::string_view content_type, std::string_view body) {
  if (!IsForm(content_type)) {
    return FormFault::kOtherType;
  }
  if (body.size() > kMostBytes) return FormFault::kTooLong;
  Form form;
  while (!body.empty()) {
    const size_t end = std::min(body.find('&'), body.size());
    const std::string_view pair = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (pair.empty()) continue;
    if (form.parameters_.size() == kMostParameters) return FormFault::kTooManyParameters;
    const size_t equals = std::min(pair.find('='), pair.size());
    std::optional<std::string> name = DecodeParameter(pair.substr(0, equals));
    std::optional<std::string> value =
        DecodeParameter(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value || name->empty()) return FormFault::kMalformed;
    const bool twice = std::any_of(form.parameters_.begin(), form.parameters_.end(),
                                   [&name](const auto& known) { return known.first == *name; });
    if (twice) return FormFault::kParameterTwice;
    form.parameters_.emplace_back(std::move(*name), std::move(*value));
  }
  return form;
}

std::string_view Form::Get(std::string_view name) const {
  for (const auto& [known, value] : parameters_) {
    if (known == name) return value;
  }
  return {};
}

}  // namespace sallyport::codec
