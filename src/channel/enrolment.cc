#include "channel/enrolment.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/encoding.h"

namespace sallyport::channel {
namespace {

constexpr std::string_view kTitle = "sallyport-enrolment 1";
constexpr std::string_view kDigits = "0123456789abcdef";
constexpr size_t kGreatestHostBytes = 253;  // RFC 1035, section 2.3.4, without the last dot

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool IsHost(std::string_view host, bool bracketed) {
  if (host.empty() || host.size() > kGreatestHostBytes) return false;
  if (bracketed != (host.find(':') != std::string_view::npos)) return false;
  return std::all_of(host.begin(), host.end(), [bracketed](char c) {
    // An IPv6 address may have a zone: "fe80::1%eth0".
    if (bracketed) return IsAlphanumeric(c) || c == ':' || c == '.' || c == '%';
    return IsAlphanumeric(c) || c == '.' || c == '-' || c == '_';
  });
}

base::Error Problem(std::string what) {
  return {"invalid_enrolment", "not an enrolment file of this version: " + std::move(what), ""};
}

// Reads a text line by line.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  // The next line, which must end with a newline.
  std::optional<std::string_view> Next() {
    const size_t end = rest_.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    ++number_;
    return line;
  }
  // What the next line has after "NAME "; nullopt where it is another line, which is then not
  // consumed.
  std::optional<std::string_view> Take(std::string_view name) {
    Lines ahead = *this;
    const auto line = ahead.Next();
    if (!line || line->size() <= name.size() || !line->starts_with(name) ||
        (*line)[name.size()] != ' ') {
      return std::nullopt;
    }
    *this = ahead;
    return line->substr(name.size() + 1);
  }
  bool done() const { return rest_.empty(); }
  std::string Where() const { return "line " + std::to_string(number_ + 1); }

 private:
  std::string_view rest_;
  size_t number_ = 0;
};

}  // namespace

bool IsAgentName(std::string_view name) {
  return !name.empty() && name.size() <= kGreatestNameBytes && IsAlphanumeric(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return IsAlphanumeric(c) || c == '.' || c == '-' || c == '_'; });
}

bool IsKeyId(std::string_view id) {
  return id.size() == kKeyIdDigits && id.find_first_not_of(kDigits) == std::string_view::npos;
}

std::string IdentityOf(std::string_view name, std::string_view key_id) {
  return std::string(name) + "." + std::string(key_id);
}

std::optional<AgentIdentity> ParseIdentity(std::string_view identity) {
  const size_t dot = identity.rfind('.');
  if (dot == std::string_view::npos) return std::nullopt;
  const std::string_view name = identity.substr(0, dot);
  const std::string_view key_id = identity.substr(dot + 1);
  if (!IsAgentName(name) || !IsKeyId(key_id)) return std::nullopt;
  return AgentIdentity{std::string(name), std::string(key_id)};
}

std::optional<Address> ParseAddress(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (!IsHost(host, bracketed) || error != std::errc() || end != port.data() + port.size() ||
      number < 1 || number > 65'535 || port.front() == '0') {
    return std::nullopt;
  }
  return Address{std::string(host), std::string(port)};
}

std::string Show(const Address& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  return (v6 ? "[" + address.host + "]" : address.host) + ":" + address.port;
}

base::Result<Enrolment> ParseEnrolment(std::string_view text) {
  if (text.size() > kGreatestEnrolmentBytes) return Problem("it is too long");
  Lines lines(text);
  if (lines.Next() != kTitle) {
    return Problem("its first line is not \"" + std::string(kTitle) + "\"");
  }
  Enrolment enrolment;
  while (const auto server = lines.Take("server")) {
    const auto address = ParseAddress(*server);
    if (!address || enrolment.servers.size() == kGreatestAddresses) {
      return Problem("a server's address is not of the form HOST:PORT, or there are more than " +
                     std::to_string(kGreatestAddresses));
    }
    enrolment.servers.push_back(*address);
  }
  if (enrolment.servers.empty())
    return Problem(lines.Where() + " is not of the form \"server HOST:PORT\"");
  std::string where = lines.Where();
  const auto name = lines.Take("name");
  if (!name || !IsAgentName(*name)) return Problem(where + " is not of the form \"name NAME\"");
  enrolment.name = *name;
  where = lines.Where();
  const auto key_id = lines.Take("key-id");
  if (!key_id || !IsKeyId(*key_id)) return Problem(where + " is not of the form \"key-id ID\"");
  enrolment.key_id = *key_id;
  const auto key = lines.Take("key");
  const bool digits = key && key->size() == 2 * kKeyBytes &&
                      key->find_first_not_of(kDigits) == std::string_view::npos;
  const auto bytes = digits ? base::HexDecode(*key) : std::nullopt;
  if (!bytes) return Problem("its key is not 64 hex digits");
  enrolment.secret = base::Secret(std::string(bytes->begin(), bytes->end()));
  if (!lines.done()) return Problem("something follows the key");
  return enrolment;
}

std::string FormatEnrolment(const Enrolment& enrolment) {
  std::string text(kTitle);
  for (const Address& server : enrolment.servers) text += "\nserver " + Show(server);
  text += "\nname " + enrolment.name + "\nkey-id " + enrolment.key_id + "\nkey " +
          base::HexEncode(base::AsBytes(enrolment.secret.Reveal())) + "\n";
  return text;
}

}  // namespace sallyport::channel
