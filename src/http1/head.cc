#include "http1/head.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace sallyport::http1 {

const Refusal kHeadTooLong{431, "the header is longer than this server accepts"};

namespace {

constexpr Refusal kBareLineEnd{400, "a line ends with LF alone, not with CR LF"};
constexpr Refusal kRequestLine{400, "the request line is not METHOD TARGET HTTP/1.1"};
constexpr Refusal kTarget{400,
                          "the target is not a path, or has characters that a path must not have"};
constexpr Refusal kVersion{505, "this server speaks only HTTP/1.1 and HTTP/1.0"};
constexpr Refusal kFolded{400, "a header field is continued on a second line (obs-fold)"};
constexpr Refusal kFieldName{400, "a line of the header does not begin with a name and a colon"};
constexpr Refusal kFieldValue{400, "a header field's value has control characters"};
constexpr Refusal kTooManyFields{431, "there are more header fields than this server accepts"};
constexpr Refusal kNoHost{400, "the Host field is missing"};
constexpr Refusal kHost{400, "the Host field is not HOST or HOST:PORT"};
constexpr Refusal kDoubled{400, "a header field that may occur only once occurs twice"};
constexpr Refusal kLength{400, "Content-Length is not one decimal number"};
constexpr Refusal kCoding{400, "Transfer-Encoding must be \"chunked\" and nothing else"};
constexpr Refusal kCodingBefore11{400, "Transfer-Encoding in a request of HTTP/1.0"};
constexpr Refusal kTwoFramings{400, "Transfer-Encoding and Content-Length in one request"};

constexpr size_t kMostFields = 128;
constexpr size_t kMostMethodBytes = 32;
// The number is then less than a uint64_t can hold.
constexpr size_t kMostLengthDigits = 18;

// Headers of which some readers take the first, some the last, and some join them: two of them
// would make one request mean two things.
constexpr std::array<std::string_view, 9> kSingle = {
    "host",          "content-length", "transfer-encoding",
    "authorization", "content-type",   "x-amz-target",
    "x-amz-date",    "expect",         "x-amz-security-token"};

constexpr bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool IsAlphanumeric(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

using Table = std::array<bool, 256>;
template <typename Is>
constexpr Table MakeTable(Is is) {
  Table table{};
  for (size_t i = 0; i < table.size(); ++i) table[i] = is(static_cast<char>(i));
  return table;
}

// RFC 9110 section 5.6.2.
constexpr Table kToken = MakeTable([](char c) {
  return IsAlphanumeric(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
});
// Space, tab, visible characters, and bytes above ASCII (obs-text).
constexpr Table kValue = MakeTable(
    [](char c) { return c == '\t' || (static_cast<unsigned char>(c) >= ' ' && c != 0x7f); });
// More than RFC 3986 allows: browsers send [ ] | ^ ` { } unescaped.
constexpr Table kTargetByte = MakeTable([](char c) {
  return c > ' ' && c < 0x7f && std::string_view("#\"<>\\").find(c) == std::string_view::npos;
});

bool AllOf(std::string_view text, const Table& table) {
  return std::all_of(text.begin(), text.end(),
                     [&table](char c) { return table[static_cast<unsigned char>(c)]; });
}

bool IsHex(char c) {
  return IsDigit(c) || (base::LowerCase(c) >= 'a' && base::LowerCase(c) <= 'f');
}

// The line without its CR LF, which `rest` must have.
std::string_view NextLine(std::string_view& rest) {
  const size_t end = rest.find("\r\n");
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 2);
  return line;
}

bool IsTarget(std::string_view target, std::string_view method) {
  if (target == "*") return method == "OPTIONS";
  if (!target.starts_with('/') || !AllOf(target, kTargetByte)) return false;
  for (size_t at = target.find('%'); at != std::string_view::npos; at = target.find('%', at + 1)) {
    if (at + 2 >= target.size() || !IsHex(target[at + 1]) || !IsHex(target[at + 2])) return false;
  }
  return true;
}

const Refusal* ParseRequestLine(std::string_view line, Head& head) {
  const size_t first = line.find(' ');
  if (first == std::string_view::npos) return &kRequestLine;
  const size_t second = line.find(' ', first + 1);
  if (second == std::string_view::npos) return &kRequestLine;
  head.method = line.substr(0, first);
  head.target = line.substr(first + 1, second - first - 1);
  const std::string_view version = line.substr(second + 1);
  if (head.method.empty() || head.method.size() > kMostMethodBytes || !AllOf(head.method, kToken)) {
    return &kRequestLine;
  }
  head.http11 = version == "HTTP/1.1";
  if (!head.http11 && version != "HTTP/1.0") {
    const bool other = version.size() == 8 && version.starts_with("HTTP/") && IsDigit(version[5]) &&
                       version[6] == '.' && IsDigit(version[7]);
    return other ? &kVersion : &kRequestLine;
  }
  return IsTarget(head.target, head.method) ? nullptr : &kTarget;
}

const Refusal* ParseField(std::string_view line, Head& head) {
  if (line.front() == ' ' || line.front() == '\t') return &kFolded;
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) return &kFieldName;
  const Field field{line.substr(0, colon), base::Trim(line.substr(colon + 1))};
  if (!AllOf(field.name, kToken)) return &kFieldName;
  if (!AllOf(field.value, kValue)) return &kFieldValue;
  if (head.fields.size() >= kMostFields) return &kTooManyFields;
  head.fields.push_back(field);
  return nullptr;
}

const Refusal* ParseLength(std::string_view value, Head& head) {
  const bool number = !value.empty() && value.size() <= kMostLengthDigits &&
                      std::all_of(value.begin(), value.end(), IsDigit);
  if (!number) return &kLength;
  uint64_t length = 0;
  for (const char c : value) length = 10 * length + static_cast<uint64_t>(c - '0');
  head.content_length = length;
  return nullptr;
}

void ParseConnection(std::string_view value, Head& head) {
  while (!value.empty()) {
    const size_t comma = value.find(',');
    const std::string_view option = base::Trim(value.substr(0, comma));
    value = comma == std::string_view::npos ? std::string_view() : value.substr(comma + 1);
    if (base::EqualIgnoringCase(option, "close")) head.keep_alive = false;
    if (!head.http11 && base::EqualIgnoringCase(option, "keep-alive")) head.keep_alive = true;
  }
}

// Reads the headers that concern the message itself.
const Refusal* ReadFields(Head& head) {
  uint32_t seen = 0;
  head.keep_alive = head.http11;
  for (const Field& field : head.fields) {
    if (base::EqualIgnoringCase(field.name, "connection")) ParseConnection(field.value, head);
    for (size_t i = 0; i < kSingle.size(); ++i) {
      if (!base::EqualIgnoringCase(field.name, kSingle[i])) continue;
      if ((seen & (1U << i)) != 0) return &kDoubled;
      seen |= 1U << i;
      if (i == 0 && !IsHost(field.value)) return &kHost;
      if (i == 1) {
        if (const Refusal* refusal = ParseLength(field.value, head)) return refusal;
      }
      if (i == 2) {
        if (!base::EqualIgnoringCase(field.value, "chunked")) return &kCoding;
        head.chunked = true;
      }
      if (kSingle[i] == "expect") {
        head.expects_continue = head.http11 && base::EqualIgnoringCase(field.value, "100-continue");
      }
    }
  }
  if (head.http11 && (seen & 1) == 0) return &kNoHost;
  if (head.chunked && !head.http11) return &kCodingBefore11;
  return head.chunked && head.content_length ? &kTwoFramings : nullptr;
}

}  // namespace

bool IsHost(std::string_view value) {
  size_t end = 0;
  if (value.starts_with('[')) {
    end = value.find(']');
    if (end == std::string_view::npos || end == 1) return false;
    const std::string_view address = value.substr(1, end - 1);
    const bool good = std::all_of(address.begin(), address.end(),
                                  [](char c) { return IsHex(c) || c == ':' || c == '.'; });
    if (!good) return false;
    ++end;
  } else {
    while (end < value.size() &&
           (IsAlphanumeric(value[end]) ||
            std::string_view("-._~").find(value[end]) != std::string_view::npos)) {
      ++end;
    }
    if (end == 0) return false;
  }
  const std::string_view port = value.substr(end);
  return port.empty() || (port.front() == ':' && port.size() <= 6 &&
                          std::all_of(port.begin() + 1, port.end(), IsDigit));
}

std::string_view Head::Get(std::string_view name) const {
  const auto found = std::find_if(fields.begin(), fields.end(), [name](const Field& field) {
    return base::EqualIgnoringCase(field.name, name);
  });
  return found == fields.end() ? std::string_view() : found->value;
}

bool Head::Has(std::string_view name) const {
  return std::any_of(fields.begin(), fields.end(), [name](const Field& field) {
    return base::EqualIgnoringCase(field.name, name);
  });
}

size_t HeadScanner::Look(std::string_view bytes) {
  // A CR alone is refused by ParseHead: no line may have one.
  while (refusal_ == nullptr) {
    const size_t end = bytes.find('\n', looked_at_);
    if (end == std::string_view::npos) {
      looked_at_ = bytes.size();
      return 0;
    }
    looked_at_ = end + 1;
    if (end == 0 || bytes[end - 1] != '\r') {
      refusal_ = &kBareLineEnd;
    } else if (end == 1) {
      refusal_ = &kRequestLine;
    } else if (bytes[end - 2] == '\n') {
      return end + 1;
    }
  }
  return 0;
}

const Refusal* ParseHead(std::string_view bytes, Head* head) {
  *head = Head();
  if (!bytes.ends_with("\r\n\r\n")) return &kRequestLine;
  head->fields.reserve(16);
  std::string_view rest = bytes;
  if (const Refusal* refusal = ParseRequestLine(NextLine(rest), *head)) return refusal;
  for (std::string_view line = NextLine(rest); !line.empty(); line = NextLine(rest)) {
    if (const Refusal* refusal = ParseField(line, *head)) return refusal;
  }
  return ReadFields(*head);
}

}  // namespace sallyport::http1
