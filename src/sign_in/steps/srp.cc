// Proves the password by SRP, so that it is not sent.
#include "domain/credentials/srp.h"

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "base/encoding.h"
#include "base/random.h"
#include "base/secret.h"
#include "domain/credentials/password.h"
#include "domain/keys/vault.h"
#include "sign_in/steps/step.h"
#include "store/store.h"

namespace sallyport::sign_in {
namespace {

// By how much a client's clock may be off. The session ensures that an answer is fresh.
constexpr int64_t kClockSlackSeconds = 15 * 60;

std::string Decoded(std::string_view base64) {
  const auto bytes = base::Base64Decode(base64);
  return bytes ? std::string(bytes->begin(), bytes->end()) : std::string();
}

}  // namespace

// A user without a verifier is treated as one who does not exist: no answer is right. The same is
// read and computed in both cases.
Judged<Verdict> BeginBySrp(const Attempt& attempt, const BeginSrp& given, Progress progress) {
  SALLYPORT_TRY(CheckHasPassword(attempt, progress));
  const domain::Services& services = attempt.services;
  const domain::Pool& pool = *attempt.pool;
  domain::User nobody;
  nobody.pool_id = pool.id;
  nobody.sub = progress.sub;
  const domain::User& user = progress.user ? *progress.user : nobody;
  SALLYPORT_ASSIGN(std::optional<domain::UserVerifier> verifier,
                   domain::GetSrpVerifier(services, services.store, pool, user));
  const domain::SrpVerifier decoy =
      domain::DecoySrpVerifier(services.vault, pool.id, domain::Normalised(pool, given.name));
  const std::string unknown = base::RandomUuid();
  if (!verifier) progress.sub = unknown;
  if (verifier) progress.user_id = verifier->user_id;
  const domain::SrpVerifier& used = verifier ? verifier->verifier : decoy;
  auto exchange = domain::ExchangeSrp(used, given.client_value);
  // In an older version's custom flow the value may never have been checked.
  if (!exchange) return Refuse(Reason::kInvalidSession, "A is not in SRP's group");
  progress.carried = std::move(exchange->key);
  AskPasswordBySrp asked{.session = {},
                         .salt = base::HexEncode(base::AsBytes(used.salt)),
                         .server_value = std::move(exchange->public_value),
                         .user_id = progress.user_id};
  return Ask{std::move(asked), std::move(progress)};
}

Judged<void> CheckFresh(const Attempt& attempt, const ProveSrp& given) {
  const int64_t now = attempt.services.clock.WallSeconds();
  if (std::abs(now - given.seconds) > kClockSlackSeconds) return Refuse(Reason::kWrongProof);
  return {};
}

Judged<Verdict> ProveBySrp(const Attempt& attempt, const ProveSrp& given, Progress progress) {
  const std::string expected =
      domain::SrpSignature(progress.carried, attempt.pool->id, progress.user_id,
                           Decoded(given.session), given.timestamp);
  const bool equal = base::ConstantTimeEqual(expected, Decoded(given.signature));
  if (!equal || !progress.user) return Refuse(Reason::kWrongProof);
  progress.factors.push_back({domain::kPasswordFactor, attempt.services.clock.WallSeconds()});
  return Proved{std::move(progress)};
}

}  // namespace sallyport::sign_in
