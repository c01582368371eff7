// SrpSession: what the server has to remember between the two steps of SRP. The client carries it,
// as the SECRET_BLOCK.
//
// It is sealed by the Vault, so the first step writes nothing to the store. A block may be answered
// once, rightly or wrongly: before the answer is looked at, a commit notes the block's number
// (UseOnce). A store that was restored from a backup has lost such notes; therefore a block can be
// opened only while the log has the id that it had when the block was sealed, and `recover`
// replaces that id (store::Store::log_id).
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
  std::string key;  // the key of the exchange
  int64_t expires_millis = 0;
  int64_t ends_millis = 0;  // the same moment by the watched time (domain/credentials/challenge.h)
  std::string flow{};  // the flow that continues after this proof; empty: a sign-in by SRP alone
};

// SECRET_BLOCK: base64.
std::string SealSrpSession(const Vault& vault, std::span<const uint8_t> log_id,
                           const SrpSession& session);
// nullopt where this server did not make the block, or made it before a `recover`.
std::optional<SrpSession> OpenSrpSession(const Vault& vault, std::span<const uint8_t> log_id,
                                         std::string_view secret_block);

}  // namespace sallyport::domain
