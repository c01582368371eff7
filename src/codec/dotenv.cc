#include "codec/dotenv.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"

namespace sallyport::codec {
namespace {

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '-';
}

class DotenvParser {
 public:
  DotenvParser(std::string_view text, std::string_view file_name) : text_(text), file_(file_name) {}

  base::Result<Variables> Parse() {
    if (!base::IsUtf8(text_) || text_.find('\0') != std::string_view::npos) {
      return base::Error{"InvalidFile", fmt::format("{}: not UTF-8 text", file_), {}};
    }
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    while (at_ < text_.size()) {
      SkipBlanks();
      if (!AtLineEnd() && text_[at_] != '#') SALLYPORT_TRY(ParseAssignment());
      SkipLine();
    }
    return std::move(variables_);
  }

 private:
  base::Error Problem(std::string_view what) const {
    const auto line =
        1 + std::count(text_.begin(), text_.begin() + static_cast<ptrdiff_t>(began_), '\n');
    return {"InvalidFile", fmt::format("{}:{}: {}", file_, line, what), {}};
  }

  bool AtLineEnd() const { return at_ >= text_.size() || text_[at_] == '\n' || text_[at_] == '\r'; }

  void SkipBlanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  void SkipLine() {
    at_ = std::min(text_.find('\n', at_), text_.size());
    if (at_ < text_.size()) ++at_;
  }

  base::Status ParseAssignment() {
    began_ = at_;
    constexpr std::string_view kExport = "export";
    const std::string_view rest = text_.substr(at_);
    if (rest.starts_with(kExport) && rest.size() > kExport.size() &&
        (rest[kExport.size()] == ' ' || rest[kExport.size()] == '\t')) {
      at_ += kExport.size();
      SkipBlanks();
    }
    const size_t from = at_;
    while (at_ < text_.size() && IsNameCharacter(text_[at_])) ++at_;
    const std::string name(text_.substr(from, at_ - from));
    SkipBlanks();
    if (name.empty() || AtLineEnd() || text_[at_] != '=') {
      return Problem("not of the form NAME=value");
    }
    ++at_;
    SkipBlanks();
    std::string& value = variables_[name];
    value.clear();
    if (AtLineEnd()) return {};
    const char quote = text_[at_];
    if (quote == '"' || quote == '\'' || quote == '`') return ParseQuoted(quote, value);
    ParsePlain(value);
    return {};
  }

  void ParsePlain(std::string& value) {
    const size_t from = at_;
    while (!AtLineEnd()) {
      const bool after_blank = at_ > from && (text_[at_ - 1] == ' ' || text_[at_ - 1] == '\t');
      if (text_[at_] == '#' && (at_ == from || after_blank)) break;
      ++at_;
    }
    value = text_.substr(from, at_ - from);
    value.erase(value.find_last_not_of(" \t") + 1);
  }

  base::Status ParseQuoted(char quote, std::string& value) {
    for (++at_; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (quote != '"' || text_[at_] != '\\' || at_ + 1 == text_.size()) {
        value += text_[at_];
        continue;
      }
      constexpr std::string_view kEscapes = "nrt\"\\$";
      constexpr std::string_view kMeant = "\n\r\t\"\\$";
      const size_t escape = kEscapes.find(text_[++at_]);
      if (escape == std::string_view::npos) {
        value += '\\';
        value += text_[at_];
      } else {
        value += kMeant[escape];
      }
    }
    if (at_ == text_.size()) return Problem("a quote is never closed");
    ++at_;
    SkipBlanks();
    if (!AtLineEnd() && text_[at_] != '#') return Problem("text follows the closing quote");
    return {};
  }

  const std::string_view text_;
  const std::string_view file_;
  size_t at_ = 0;
  size_t began_ = 0;  // of the assignment under way
  Variables variables_;
};

}  // namespace

base::Result<Variables> ParseDotEnv(std::string_view text, std::string_view file_name) {
  return DotenvParser(text, file_name).Parse();
}

}  // namespace sallyport::codec
