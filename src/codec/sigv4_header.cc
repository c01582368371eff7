#include "codec/sigv4_header.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include "base/text.h"

namespace sallyport::codec {
namespace {

bool IsTimeDigit(char c) {
  return c >= '0' && c <= '9';
}

// Returns the part before the first `separator`, and removes it and the separator from `text`.
std::string_view Next(std::string_view& text, char separator) {
  const size_t at = text.find(separator);
  const std::string_view part = text.substr(0, at);
  text = at == std::string_view::npos ? std::string_view() : text.substr(at + 1);
  return part;
}

bool ParseCredential(std::string_view credential, SigV4Header& header) {
  if (std::count(credential.begin(), credential.end(), '/') != 4) return false;
  header.access_key = Next(credential, '/');
  header.date = Next(credential, '/');
  header.region = Next(credential, '/');
  header.service = Next(credential, '/');
  header.terminator = credential;
  return !header.access_key.empty();
}

std::vector<std::string_view> MissingOf(const SigV4Header& header, bool has_credential) {
  std::vector<std::string_view> missing;
  if (!has_credential) missing.emplace_back("Credential");
  if (header.signature.empty()) missing.emplace_back("Signature");
  if (header.signed_headers.empty()) missing.emplace_back("SignedHeaders");
  return missing;
}

}  // namespace

base::Result<SigV4Header, SigV4Problem> ParseSigV4Header(std::string_view value) {
  using Kind = SigV4Problem::Kind;
  std::string_view rest = base::Trim(value);
  if (Next(rest, ' ') != kSigV4Algorithm) return SigV4Problem{Kind::kOtherAlgorithm};
  SigV4Header header;
  std::string_view credential;
  while (!rest.empty()) {
    const std::string_view part = base::Trim(Next(rest, ','));
    if (part.empty()) continue;
    const size_t equal = part.find('=');
    if (equal == std::string_view::npos) return SigV4Problem{Kind::kNoPair};
    const std::string_view name = part.substr(0, equal);
    std::string_view text = part.substr(equal + 1);
    if (name == "Credential") credential = text;
    if (name == "Signature") header.signature = text;
    if (name == "SignedHeaders") {
      header.signed_headers.clear();
      while (!text.empty()) header.signed_headers.push_back(Next(text, ';'));
    }
  }
  std::vector<std::string_view> missing = MissingOf(header, !credential.empty());
  if (!missing.empty()) return SigV4Problem{Kind::kParameterMissing, std::move(missing)};
  if (!ParseCredential(credential, header)) return SigV4Problem{Kind::kCredential};
  return header;
}

std::optional<int64_t> ParseBasicTime(std::string_view text) {
  if (text.size() != 16 || text[8] != 'T' || text[15] != 'Z') return std::nullopt;
  const auto number = [text](size_t from, size_t length) {
    int value = 0;
    for (const char c : text.substr(from, length)) value = value * 10 + (c - '0');
    return value;
  };
  for (size_t i = 0; i < 15; ++i) {
    if (i != 8 && !IsTimeDigit(text[i])) return std::nullopt;
  }
  std::tm tm{};
  tm.tm_year = number(0, 4) - 1900;
  tm.tm_mon = number(4, 2) - 1;
  tm.tm_mday = number(6, 2);
  tm.tm_hour = number(9, 2);
  tm.tm_min = number(11, 2);
  tm.tm_sec = number(13, 2);
  return timegm(&tm);
}

}  // namespace sallyport::codec
