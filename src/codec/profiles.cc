#include "codec/profiles.h"

#include <fmt/format.h>

#include "base/utf8.h"

namespace sallyport::codec {
namespace {

bool IsBlank(char c) {
  return c == ' ' || c == '\t' || c == '\r';
}

std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

std::string Lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return lower;
}

// Removes a comment, which begins with `#` or `;` after a space.
std::string_view WithoutComment(std::string_view text) {
  for (size_t i = 1; i < text.size(); ++i) {
    if ((text[i] == '#' || text[i] == ';') && IsBlank(text[i - 1])) return text.substr(0, i);
  }
  return text;
}

class ProfileParser {
 public:
  ProfileParser(std::string_view file_name, ProfileFileKind kind)
      : file_name_(file_name), kind_(kind) {}

  base::Result<ProfileFile> Parse(std::string_view text) {
    if (!base::IsUtf8(text) || text.find('\0') != std::string_view::npos) {
      return base::Error{"InvalidFile", fmt::format("{}: not UTF-8 text", file_name_), {}};
    }
    while (!text.empty()) {
      ++line_;
      const size_t end = text.find('\n');
      SALLYPORT_TRY(ParseLine(text.substr(0, end)));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return std::move(file_);
  }

 private:
  base::Error Problem(std::string_view what) const {
    return {"InvalidFile", fmt::format("{}:{}: {}", file_name_, line_, what), {}};
  }

  base::Status ParseLine(std::string_view line) {
    const std::string_view text = Trim(line);
    if (text.empty() || text.front() == '#' || text.front() == ';') return {};
    if (text.front() == '[') return ParseHeader(text);
    if (!section_) return Problem("a line before the first [section]");
    if (IsBlank(line.front())) return ParseNested(text);
    const size_t equal = text.find('=');
    if (equal == std::string_view::npos || equal == 0)
      return Problem("not of the form key = value");
    key_ = Lower(Trim(text.substr(0, equal)));
    nested_ = Trim(WithoutComment(text.substr(equal + 1))).empty();
    (*section_)[key_] = Trim(WithoutComment(text.substr(equal + 1)));
    return {};
  }

  base::Status ParseHeader(std::string_view text) {
    const size_t close = text.find(']');
    if (close == std::string_view::npos) return Problem("a section's ] is missing");
    const std::string_view after = Trim(text.substr(close + 1));
    if (!after.empty() && after.front() != '#' && after.front() != ';') {
      return Problem("text follows a section's ]");
    }
    std::string_view name = Trim(text.substr(1, close - 1));
    if (name.empty()) return Problem("a section without a name");
    key_.clear();
    const size_t blank = name.find_first_of(" \t");
    const bool is_profile = kind_ == ProfileFileKind::kCredentials || name == "default";
    if (is_profile || blank == std::string_view::npos) {
      // A section of a config file with one word that is not [default] is not a profile, and is not
      // used here.
      section_ = &file_[is_profile ? fmt::format("profile {}", name) : std::string(name)];
      return {};
    }
    section_ = &file_[fmt::format("{} {}", name.substr(0, blank), Trim(name.substr(blank)))];
    return {};
  }

  // Reads an indented line. If the setting above has no value, the line is a nested setting;
  // otherwise it continues the value, which no setting that is used here has.
  base::Status ParseNested(std::string_view text) {
    if (key_.empty()) return Problem("an indented line needs a key without a value above it");
    if (!nested_) return {};
    const size_t equal = text.find('=');
    if (equal == std::string_view::npos || equal == 0)
      return Problem("not of the form key = value");
    (*section_)[fmt::format("{}.{}", key_, Lower(Trim(text.substr(0, equal))))] =
        Trim(WithoutComment(text.substr(equal + 1)));
    return {};
  }

  const std::string_view file_name_;
  const ProfileFileKind kind_;
  size_t line_ = 0;
  ProfileFile file_;
  ProfileSection* section_ = nullptr;
  std::string key_;      // the last one that was not indented
  bool nested_ = false;  // and whether it has no value
};

}  // namespace

base::Result<ProfileFile> ParseProfileFile(std::string_view text, std::string_view file_name,
                                           ProfileFileKind kind) {
  return ProfileParser(file_name, kind).Parse(text);
}

}  // namespace sallyport::codec
