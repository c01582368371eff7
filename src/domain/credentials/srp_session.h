// SrpSession: what the server remembers between SRP's two steps, as the SECRET_BLOCK that the
// client carries back.
//
// Sealed by the Vault, so that the first step writes nothing. It is good for one answer, right or
// wrong: a commit before that answer is looked at notes its number (UseOnce). A store that is
// restored has lost such notes; so a block opens only as long as the log has the id that it was
// sealed under, which `recover` replaces (store::Store::log_id).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "domain/credentials/used_sessions.h"

namespace sallyport::domain {

class Vault;

struct SrpSession {
  SessionNumber number;
  std::string client_id;
  std::string user_id;  // USER_ID_FOR_SRP
  std::string sub;      // random where there is no such user, or the user has no verifier
  uint64_t password_version = 0;
  std::string key;  // of the exchange
  int64_t expires_millis = 0;
  int64_t ends_millis = 0;  // the same by the watched time (domain/credentials/challenge.h)
  std::string flow{};       // what to go on with; empty: a sign-in by SRP alone
};

// SECRET_BLOCK: base64.
std::string SealSrpSession(const Vault& vault, std::span<const uint8_t> log_id,
                           const SrpSession& session);
// nullopt where this server did not make it, or made it before a `recover`.
std::optional<SrpSession> OpenSrpSession(const Vault& vault, std::span<const uint8_t> log_id,
                                         std::string_view secret_block);

}  // namespace sallyport::domain
