#include "oauth2/form.h"

#include <algorithm>
#include <optional>

#include "domain/errors.h"
#include "domain/text.h"

namespace sallyport::oauth2 {

namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> Decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '+') {
      c = ' ';
    } else if (c == '%') {
      if (text.size() - i < 3) return std::nullopt;
      const int high = HexDigit(text[i + 1]);
      const int low = HexDigit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      c = static_cast<char>(high * 16 + low);
      if (c == '\0') return std::nullopt;
      i += 2;
    } else if (c <= ' ' || c > '~') {
      return std::nullopt;
    }
    decoded += c;
  }
  return decoded;
}

}  // namespace

bool IsForm(std::string_view content_type) {
  std::string_view type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
  return domain::LowerCase(type) == "application/x-www-form-urlencoded";
}

base::Result<Form> Form::Parse(std::string_view content_type, std::string_view body) {
  if (!IsForm(content_type)) {
    return domain::error::kNoForm();
  }
  if (body.size() > kMostBytes) return domain::error::kFormTooLong();
  Form form;
  while (!body.empty()) {
    const size_t end = std::min(body.find('&'), body.size());
    const std::string_view pair = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    if (pair.empty()) continue;
    if (form.parameters_.size() == kMostParameters) return domain::error::kFormTooManyParameters();
    const size_t equals = std::min(pair.find('='), pair.size());
    std::optional<std::string> name = Decode(pair.substr(0, equals));
    std::optional<std::string> value = Decode(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value || name->empty()) return domain::error::kFormMalformed();
    const bool twice = std::any_of(form.parameters_.begin(), form.parameters_.end(),
                                   [&name](const auto& known) { return known.first == *name; });
    if (twice) return domain::error::kFormParameterTwice();
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

}  // namespace sallyport::oauth2
