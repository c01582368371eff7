// The password by SRP: it does not travel.
#include "domain/srp.h"

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "base/encoding.h"
#include "base/random.h"
#include "base/secret.h"
#include "domain/errors.h"
#include "domain/password.h"
#include "domain/srp_session.h"
#include "domain/used_sessions.h"
#include "domain/vault.h"
#include "sign_in/steps/step.h"
#include "store/store.h"

namespace sallyport::sign_in {
namespace {

// How far a client's clock may be off. That an answer is fresh is seen to by the SECRET_BLOCK.
constexpr int64_t kClockSlackSeconds = 15 * 60;

// Whom the first half is about.
struct Subject {
  domain::SrpSession session;  // user_id, sub, password_version
  domain::SrpVerifier verifier;
};

// A user without a verifier is as one who does not exist: no answer is right. The same is read and
// computed either way.
base::Result<Subject> FindSubject(const Attempt& attempt, std::string_view name) {
  const domain::Services& services = attempt.services;
  const domain::Pool& pool = *attempt.pool;
  SALLYPORT_ASSIGN(const std::optional<domain::User> found,
                   domain::FindUser(services.store, pool, name));
  if (!found && !attempt.client->settings.prevent_user_existence_errors)
    return domain::error::kNoSuchUser();
  domain::User nobody;
  nobody.pool_id = pool.id;
  nobody.sub = base::RandomUuid();
  const domain::User& user = found ? *found : nobody;
  SALLYPORT_ASSIGN(std::optional<domain::SrpVerifier> verifier,
                   domain::GetSrpVerifier(services, services.store, user));
  Subject subject;
  subject.session.sub = verifier ? user.sub : base::RandomUuid();
  subject.session.password_version = user.password_version;
  subject.session.user_id = UserIdOf(attempt, found ? &*found : nullptr, name);
  domain::SrpVerifier decoy =
      domain::DecoySrpVerifier(services.vault, pool.id, domain::Normalised(pool, name));
  subject.verifier = std::move(verifier ? *verifier : decoy);
  return subject;
}

std::string Decoded(std::string_view base64) {
  const auto bytes = base::Base64Decode(base64);
  return bytes ? std::string(bytes->begin(), bytes->end()) : std::string();
}

base::Status CheckTimestamp(std::string_view timestamp, int64_t now_seconds) {
  const auto time = domain::ParseSrpTimestamp(timestamp);
  if (!time) return domain::error::kTimestampUnreadable();
  if (std::abs(now_seconds - *time) > kClockSlackSeconds)
    return domain::error::kIncorrectUsernameOrPassword();
  return {};
}

class BeginSrpStep final : public Step {
 public:
  explicit BeginSrpStep(const BeginSrp& input) : input_(input) {}

  base::Status Open(const Attempt& attempt) override { return CheckClient(attempt, {input_.name}); }
  std::optional<Beginning> begins() const override { return Beginning{input_.name}; }
  base::Result<Verdict> Prove(const Attempt&) override {
    return Verdict(NextSrp{std::string(input_.name), std::string(input_.client_value), ""});
  }

 private:
  const BeginSrp& input_;
};

class ProveSrpStep final : public Step {
 public:
  explicit ProveSrpStep(const ProveSrp& input) : input_(input) {}

  base::Status Open(const Attempt& attempt) override {
    const domain::Services& services = attempt.services;
    auto session =
        domain::OpenSrpSession(services.vault, services.store.log_id(), input_.secret_block);
    if (!session || session->client_id != attempt.client->id)
      return domain::error::kIncorrectUsernameOrPassword();
    if (services.clock.WallMillis() >= session->expires_millis) {
      return domain::error::kSessionExpired();
    }
    session_ = *std::move(session);
    // SDKs compute it over the name that was typed, or over USER_ID_FOR_SRP.
    SALLYPORT_TRY(CheckClient(attempt, {input_.name, session_.user_id}));
    return CheckTimestamp(input_.timestamp, services.clock.WallSeconds());
  }

  base::Result<Verdict> Prove(const Attempt& attempt) override {
    const domain::Services& services = attempt.services;
    SALLYPORT_ASSIGN(std::optional<domain::User> user,
                     domain::FindUser(services.store, *attempt.pool, input_.name));
    const std::string expected =
        domain::SrpSignature(session_.key, attempt.pool->id, session_.user_id,
                             Decoded(input_.secret_block), input_.timestamp);
    const bool equal = base::ConstantTimeEqual(expected, Decoded(input_.signature));
    // A block is good for one answer, right or wrong.
    const auto use_up = [&services, session = session_](store::Tx& tx, domain::User&) {
      return domain::UseOnce(tx, services, session.number, session.expires_millis);
    };
    if (!equal || !user || user->sub != session_.sub ||
        user->password_version != session_.password_version) {
      return Verdict(Refusal{domain::error::kIncorrectUsernameOrPassword(), use_up});
    }
    return Verdict(Proved{.user = *std::move(user),
                          .factors = {{domain::kPasswordFactor, services.clock.WallSeconds()}},
                          .write = use_up,
                          .custom_state = session_.flow});
  }

 private:
  const ProveSrp& input_;
  domain::SrpSession session_;
};

}  // namespace

std::unique_ptr<Step> MakeStep(const BeginSrp& input) {
  return std::make_unique<BeginSrpStep>(input);
}

std::unique_ptr<Step> MakeStep(const ProveSrp& input) {
  return std::make_unique<ProveSrpStep>(input);
}

base::Result<Next> SrpFor(const Attempt& attempt, std::string_view name,
                          std::string_view client_value, std::string custom_state) {
  const domain::Services& services = attempt.services;
  SALLYPORT_ASSIGN(Subject subject, FindSubject(attempt, name));
  auto exchange = domain::ExchangeSrp(subject.verifier, client_value);
  if (!exchange) return domain::error::kSrpAInvalid();
  domain::SrpSession& session = subject.session;
  session.number = services.session_numbers->Next();
  session.client_id = attempt.client->id;
  session.flow = std::move(custom_state);
  session.key = std::move(exchange->key);
  session.expires_millis = services.clock.WallMillis() + ChallengeMillis(*attempt.client);
  return Next{AskPasswordBySrp{
      .salt = base::HexEncode(base::AsBytes(subject.verifier.salt)),
      .secret_block = domain::SealSrpSession(services.vault, services.store.log_id(), session),
      .server_value = std::move(exchange->public_value),
      .user_id = session.user_id}};
}

}  // namespace sallyport::sign_in
