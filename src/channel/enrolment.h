// Enrolment: the file that enrols the agent of a host with a server.
//
// clang-format off
//     sallyport-enrolment 1
//     server 127.0.0.1:9230          once or more: where the feed is, tried in this order
//     name gate-1
//     key-id 8f0c61d2a94be377
//     key 5f0c...                    64 hex digits
// clang-format on
//
// It has these lines in this order and nothing else, each ended by a newline. It contains a secret,
// so its mode must be 0600.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "channel/key.h"

namespace sallyport::channel {

// The address of a feed: "gate.example:9230", "10.0.0.1:9230" or "[::1]:9230".
struct Address {
  std::string host;  // without brackets
  std::string port;  // 1 to 65535
  bool operator==(const Address&) const = default;
};

inline constexpr size_t kGreatestNameBytes = 64;
inline constexpr size_t kKeyIdDigits = 16;
inline constexpr size_t kGreatestAddresses = 8;
inline constexpr size_t kGreatestEnrolmentBytes = 4096;

// Letters, digits, '.', '-' and '_', beginning with a letter or digit; at most kGreatestNameBytes.
bool IsAgentName(std::string_view name);
// kKeyIdDigits lower-case hex digits.
bool IsKeyId(std::string_view id);

// The name of a key in the feed: "NAME.KEYID".
std::string IdentityOf(std::string_view name, std::string_view key_id);
struct AgentIdentity {
  std::string name;
  std::string key_id;
  bool operator==(const AgentIdentity&) const = default;
};
// Nullopt: IdentityOf does not give this text for any name and key id.
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

// An error's message says which line is wrong, and never shows the key.
base::Result<Enrolment> ParseEnrolment(std::string_view text);
// The text that ParseEnrolment reads.
std::string FormatEnrolment(const Enrolment& enrolment);

}  // namespace sallyport::channel
