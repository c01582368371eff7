#include "domain/srp_session.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <vector>

#include "base/encoding.h"
#include "domain/json.h"
#include "domain/vault.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

constexpr std::string_view kContext = "srp session";

std::string SessionContext(std::span<const uint8_t> log_id) {
  return fmt::format("{} {}", kContext, base::HexEncode(log_id));
}

std::optional<std::string> Decode(std::string_view base64) {
  const auto bytes = base::Base64Decode(base64);
  if (!bytes) return std::nullopt;
  return std::string(bytes->begin(), bytes->end());
}

}  // namespace

std::string SealSrpSession(const Vault& vault, std::span<const uint8_t> log_id,
                           const SrpSession& session) {
  // Every member of one length, whoever the user is: the block's size tells nothing.
  json::object members{{"Run", session.number.run},
                       {"Number", fmt::format("{:016x}", session.number.number)},
                       {"ClientId", session.client_id},
                       {"UserId", session.user_id},
                       {"Sub", session.sub},
                       {"PasswordVersion", fmt::format("{:016x}", session.password_version)},
                       {"Key", base::Base64Encode(base::AsBytes(session.key))},
                       {"Expires", session.expires_millis},
                       {"Ends", session.ends_millis}};
  if (!session.flow.empty()) members["Flow"] = session.flow;
  return base::Base64Encode(
      base::AsBytes(vault.Seal(SessionContext(log_id), json::serialize(members))));
}

std::optional<SrpSession> OpenSrpSession(const Vault& vault, std::span<const uint8_t> log_id,
                                         std::string_view secret_block) {
  const auto sealed = Decode(secret_block);
  if (!sealed) return std::nullopt;
  const auto opened = vault.Open(SessionContext(log_id), *sealed);
  if (!opened) return std::nullopt;
  const auto parsed = ParseRecord(kContext, *opened);
  if (!parsed) return std::nullopt;
  auto key = Decode(StringMember(*parsed, "Key"));
  if (!key || key->empty()) return std::nullopt;
  const auto number = [&parsed](std::string_view member) {
    return std::strtoull(std::string(StringMember(*parsed, member)).c_str(), nullptr, 16);
  };
  std::string run(StringMember(*parsed, "Run"));
  if (run.empty()) return std::nullopt;
  return SrpSession{
      .number = {std::move(run), number("Number")},
      .client_id = std::string(StringMember(*parsed, "ClientId")),
      .user_id = std::string(StringMember(*parsed, "UserId")),
      .sub = std::string(StringMember(*parsed, "Sub")),
      .password_version = number("PasswordVersion"),
      .key = std::move(*key),
      .expires_millis = IntMember(*parsed, "Expires"),
      // An older version's has none, as an older Challenge.
      .ends_millis = IntMember(*parsed, parsed->contains("Ends") ? "Ends" : "Expires"),
      .flow = std::string(StringMember(*parsed, "Flow"))};
}

}  // namespace sallyport::domain
