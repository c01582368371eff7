// Enrolment: the one file that makes a host's agent one of a server's.
//
//   sallyport-enrolment 1
//   server 127.0.0.1:9230          once or more: where the feed is, tried in this order
//   name gate-1
//   key-id 8f0c61d2a94be377
//   key 5f0c...                    64 hex digits
//
// These lines in this order and nothing else, each ended by a newline. The file holds a secret:
// mode 0600.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "channel/key.h"

namespace sallyport::channel {

// Where a feed is: "gate.example:9230", "10.0.0.1:9230", "[::1]:9230".
struct Address {
  std::string host;  // no brackets
  std::string port;  // 1 to 65535
  bool operator==(const Address&) const = default;
};

inline constexpr size_t kGreatestNameBytes = 64;
inline constexpr size_t kKeyIdDigits = 16;
inline constexpr size_t kGreatestAddresses = 8;
inline constexpr size_t kGreatestEnrolmentBytes = 4096;

// Letters, digits, '.', '-' and '_', the first a letter or digit; at most kGreatestNameBytes.
bool IsAgentName(std::string_view name);
// kKeyIdDigits lower-case hex digits.
bool IsKeyId(std::string_view id);

// How the feed calls a key: "NAME.KEYID".
std::string IdentityOf(std::string_view name, std::string_view key_id);
struct AgentIdentity {
  std::string name;
  std::string key_id;
  bool operator==(const AgentIdentity&) const = default;
};
// Nullopt: no identity that IdentityOf gives for a name and key id.
std::optional<AgentIdentity> ParseIdentity(std::string_view identity);

std::optional<Address> ParseAddress(std::string_view text);
std::string Show(const Address& address);

struct Enrolment {
  std::vector<Address> servers;
  std::string name;
  std::string key_id;
  base::Secret secret;  // kKeyBytes bytes

  Key key() const { return {IdentityOf(name, key_id), secret}; }
};

// Errors: the message says which line is not as it should be, and never shows the key.
base::Result<Enrolment> ParseEnrolment(std::string_view text);
// What ParseEnrolment takes.
std::string FormatEnrolment(const Enrolment& enrolment);

}  // namespace sallyport::channel
