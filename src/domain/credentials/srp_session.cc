#include "domain/credentials/srp_session.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "domain/keys/vault.h"
#include "domain/records/json.h"
#include "domain/records/record.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

constexpr std::string_view kContext = "srp session";

std::string SessionContext(std::span<const uint8_t> log_id) {
  return fmt::format("{} {}", kContext, base::HexEncode(log_id));
}

// The length of each member does not depend on the user, so the size of the block reveals nothing.
struct SealedMembers {
  std::string run;
  std::string number;  // 16 hex digits, as is the next one
  std::string client_id;
  std::string user_id;
  std::string sub;
  std::string password_version;
  std::string key;  // base64
  int64_t expires_millis = 0;
  int64_t ends_millis = 0;
  std::string flow;
};
constexpr auto kSealedMembers = RecordOf<SealedMembers>(
    Member("Run", &SealedMembers::run), Member("Number", &SealedMembers::number),
    Member("ClientId", &SealedMembers::client_id), Member("UserId", &SealedMembers::user_id),
    Member("Sub", &SealedMembers::sub), Member("PasswordVersion", &SealedMembers::password_version),
    Member("Key", &SealedMembers::key), Member("Expires", &SealedMembers::expires_millis),
    // Blocks of older versions lack it, as their ChallengeRecords do.
    MemberOr("Ends", &SealedMembers::ends_millis, "Expires"), Sparse("Flow", &SealedMembers::flow));

std::string HexOf(uint64_t number) {
  return fmt::format("{:016x}", number);
}

uint64_t NumberOf(const std::string& hex) {
  return std::strtoull(hex.c_str(), nullptr, 16);
}

std::optional<std::string> Decode(std::string_view base64) {
  const auto bytes = base::Base64Decode(base64);
  if (!bytes) return std::nullopt;
  return std::string(bytes->begin(), bytes->end());
}

}  // namespace

std::string SealSrpSession(const Vault& vault, std::span<const uint8_t> log_id,
                           const SrpSession& session) {
  const SealedMembers members{.run = session.number.run,
                              .number = HexOf(session.number.number),
                              .client_id = session.client_id,
                              .user_id = session.user_id,
                              .sub = session.sub,
                              .password_version = HexOf(session.password_version),
                              .key = base::Base64Encode(base::AsBytes(session.key)),
                              .expires_millis = session.expires_millis,
                              .ends_millis = session.ends_millis,
                              .flow = session.flow};
  return base::Base64Encode(base::AsBytes(
      vault.Seal(SessionContext(log_id), json::serialize(kSealedMembers.Write(members)))));
}

std::optional<SrpSession> OpenSrpSession(const Vault& vault, std::span<const uint8_t> log_id,
                                         std::string_view secret_block) {
  const auto sealed = Decode(secret_block);
  if (!sealed) return std::nullopt;
  const auto opened = vault.Open(SessionContext(log_id), *sealed);
  if (!opened) return std::nullopt;
  const auto parsed = ParseRecord(kContext, *opened);
  if (!parsed) return std::nullopt;
  SealedMembers members = kSealedMembers.Read(*parsed);
  auto key = Decode(members.key);
  if (!key || key->empty() || members.run.empty()) return std::nullopt;
  return SrpSession{.number = {std::move(members.run), NumberOf(members.number)},
                    .client_id = std::move(members.client_id),
                    .user_id = std::move(members.user_id),
                    .sub = std::move(members.sub),
                    .password_version = NumberOf(members.password_version),
                    .key = std::move(*key),
                    .expires_millis = members.expires_millis,
                    .ends_millis = members.ends_millis,
                    .flow = std::move(members.flow)};
}

}  // namespace sallyport::domain
