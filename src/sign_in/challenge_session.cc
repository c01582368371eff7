#include "sign_in/challenge_session.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <optional>
#include <utility>

#include "domain/credentials/challenge.h"
#include "domain/credentials/srp_session.h"
#include "domain/keys/vault.h"
#include "domain/records/commit.h"
#include "domain/records/json.h"
#include "domain/records/record.h"
#include "store/store.h"

namespace sallyport::sign_in {

namespace json = boost::json;

namespace {

// the context with which older versions sealed, too
constexpr std::string_view kSealed = "custom auth";

// What is stored of every progress, beside the step's own state.
struct Common {
  std::string name;
  std::string sub;
  std::string user_id;
  bool proved_password = false;  // the only thing that older versions write and read about factors
  std::optional<std::vector<domain::ProvedFactor>> factors = {};
  std::string token_source;
};

constexpr auto kCommonMembers = domain::RecordOf<Common>(
    domain::Member("Name", &Common::name), domain::Member("Sub", &Common::sub),
    domain::Member("UserId", &Common::user_id),
    domain::Member("ProvedPassword", &Common::proved_password),
    domain::Sparse("Factors", &Common::factors),
    domain::Member("TokenSource", &Common::token_source));

int64_t MadeBefore(const Attempt& attempt, int64_t expires_millis) {
  return (expires_millis - ChallengeMillis(*attempt.client)) / 1000;
}

bool HasPassword(const std::vector<domain::ProvedFactor>& factors) {
  return std::any_of(factors.begin(), factors.end(),
                     [](const auto& factor) { return factor.method == domain::kPasswordFactor; });
}

Judged<ChallengeSession> OpenCarried(const Attempt& attempt, const Waiting& waiting,
                                     std::string_view text) {
  const domain::Services& services = attempt.services;
  auto opened = domain::OpenSrpSession(services.vault, services.store.log_id(), text);
  if (!opened || opened->client_id != attempt.client->id) return Refuse(Reason::kWrongProof);
  if (services.clock.HasPassed(opened->expires_millis, opened->ends_millis)) {
    return Refuse(Reason::kExpiredSession);
  }
  ChallengeSession session{.waiting = waiting,
                           .text = std::string(text),
                           .progress = {},
                           .password_version = opened->password_version,
                           .resume = std::move(opened->flow),
                           .expires_millis = opened->expires_millis,
                           .number = std::move(opened->number)};
  session.progress.user_id = std::move(opened->user_id);
  session.progress.sub = std::move(opened->sub);
  session.progress.carried = std::move(opened->key);
  return session;
}

Judged<ChallengeSession> OpenKept(const Attempt& attempt, const Waiting& waiting,
                                  std::string_view text) {
  const domain::Services& services = attempt.services;
  SALLYPORT_ASSIGN(
      domain::ChallengeRecord record,
      domain::GetChallenge(services.store, services, text, waiting.name, attempt.client->id));
  ChallengeSession session{.waiting = waiting,
                           .text = std::string(text),
                           .progress = {},
                           .password_version = record.password_version,
                           .resume = {},
                           .expires_millis = record.expires_millis,
                           .number = {}};
  const int64_t made = MadeBefore(attempt, record.expires_millis);
  if (!record.sealed.empty()) {
    SALLYPORT_ASSIGN(const std::string opened, services.vault.Open(kSealed, record.sealed));
    SALLYPORT_ASSIGN(session.progress, ParseProgress(opened, made));
  } else if (record.factors) {
    session.progress.factors = *std::move(record.factors);
  } else {
    // Older versions do not say what was proved before. It always was a password.
    session.progress.factors = {{domain::kPasswordFactor, made}};
  }
  session.progress.sub = std::move(record.sub);
  if (!record.token_source.empty()) session.progress.token_source = std::move(record.token_source);
  return session;
}

}  // namespace

Judged<ChallengeSession> OpenChallengeSession(const Attempt& attempt, const Waiting& waiting,
                                              std::string_view text) {
  return waiting.carried ? OpenCarried(attempt, waiting, text) : OpenKept(attempt, waiting, text);
}

Judged<void> SpendChallengeSession(const Attempt& attempt, const ChallengeSession& session) {
  const domain::Services& services = attempt.services;
  return domain::Commit(services, [&](store::Tx& tx) -> base::Status {
    if (session.waiting.carried) {
      return domain::UseOnce(tx, services, session.number, session.expires_millis);
    }
    SALLYPORT_ASSIGN(
        domain::ChallengeRecord unused,
        domain::GetChallenge(tx, services, session.text, session.waiting.name, attempt.client->id));
    unused.used = true;
    unused.sealed.clear();
    return domain::PutChallenge(tx, session.text, unused);
  });
}

ChallengeSession MakeChallengeSession(const Attempt& attempt, const Waiting& waiting,
                                      Progress progress, std::string resume) {
  ChallengeSession session{.waiting = waiting,
                           .text = {},
                           .progress = std::move(progress),
                           .resume = std::move(resume),
                           .number = {}};
  const auto& user = session.progress.user;
  session.password_version = user ? user->password_version : 0;
  if (waiting.carried) {
    session.number = attempt.services.session_numbers->Next();
  } else {
    session.text = domain::RandomChallengeSession();
  }
  return session;
}

base::Status KeepChallengeSession(store::Tx& tx, const Attempt& attempt,
                                  const ChallengeSession& session) {
  const Progress& progress = session.progress;
  domain::ChallengeRecord record{.name = std::string(session.waiting.name),
                                 .pool_id = attempt.pool->id,
                                 .client_id = attempt.client->id,
                                 .sub = progress.sub,
                                 .password_version = session.password_version,
                                 .by_anybody = session.waiting.by_anybody};
  // What a step has to remember is stored sealed.
  if (progress.state.empty()) {
    record.factors = progress.factors;
    if (progress.token_source != kPlainTokenSource) record.token_source = progress.token_source;
  } else {
    record.sealed = attempt.services.vault.Seal(kSealed, ProgressText(progress));
  }
  domain::ExpireAfter(record, attempt.services, ChallengeMillis(*attempt.client));
  if (record.by_anybody) SALLYPORT_TRY(domain::MakeRoomForChallenge(tx, attempt.services));
  return domain::PutChallenge(tx, session.text, record);
}

std::string SealChallengeSession(const Attempt& attempt, const ChallengeSession& session) {
  const domain::Services& services = attempt.services;
  const int64_t millis = ChallengeMillis(*attempt.client);
  const Progress& progress = session.progress;
  return domain::SealSrpSession(services.vault, services.store.log_id(),
                                {.number = session.number,
                                 .client_id = attempt.client->id,
                                 .user_id = progress.user_id,
                                 .sub = progress.sub,
                                 .password_version = session.password_version,
                                 .key = progress.carried,
                                 .expires_millis = services.clock.WallMillis() + millis,
                                 .ends_millis = services.clock.watched().millis() + millis,
                                 .flow = session.resume});
}

std::string ProgressText(const Progress& progress) {
  const Common common{.name = progress.name,
                      .sub = progress.sub,
                      .user_id = progress.user_id,
                      .proved_password = HasPassword(progress.factors),
                      .factors = progress.factors,
                      .token_source = progress.token_source};
  json::object members = progress.state;
  kCommonMembers.Replace(common, members);
  return json::serialize(members);
}

base::Result<Progress> ParseProgress(std::string_view text, int64_t made_seconds) {
  Progress progress;
  SALLYPORT_ASSIGN(progress.state, domain::ParseRecord(kSealed, text));
  Common common = kCommonMembers.Read(progress.state);
  progress.name = std::move(common.name);
  progress.sub = std::move(common.sub);
  progress.user_id = std::move(common.user_id);
  if (common.factors) {
    progress.factors = *std::move(common.factors);
  } else if (common.proved_password) {
    // Older versions say only that, so it was proved before the session was made.
    progress.factors = {{domain::kPasswordFactor, made_seconds}};
  }
  if (!common.token_source.empty()) progress.token_source = std::move(common.token_source);
  return progress;
}

int64_t MadeSeconds(const Attempt& attempt, const ChallengeSession& session) {
  return MadeBefore(attempt, session.expires_millis);
}

}  // namespace sallyport::sign_in
