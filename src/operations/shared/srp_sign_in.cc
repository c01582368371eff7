// USER_SRP_AUTH and PASSWORD_VERIFIER: a sign-in in which the password does not travel.
#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "base/encoding.h"
#include "base/random.h"
#include "base/secret.h"
#include "domain/commit.h"
#include "domain/errors.h"
#include "domain/json.h"
#include "domain/password.h"
#include "domain/secret_hash.h"
#include "domain/srp.h"
#include "domain/srp_session.h"
#include "domain/used_sessions.h"
#include "domain/user.h"
#include "domain/vault.h"
#include "operations/shared/authentication_hooks.h"
#include "operations/shared/custom_auth.h"
#include "operations/shared/sign_in.h"
#include "store/store.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

// How far a client's clock may be off. That an answer is fresh is seen to by the SECRET_BLOCK.
constexpr int64_t kClockSlackSeconds = 15 * 60;

base::Error Incorrect() {
  return {"NotAuthorizedException", "Incorrect username or password.", ""};
}

// Whom the first step is about.
struct Subject {
  domain::SrpSession session;  // id, user_id, sub, password_version
  domain::SrpVerifier verifier;
};

// The first 16 bytes of `mac` as a UUID.
std::string UuidOf(std::string_view mac) {
  std::string hex = base::HexEncode(base::AsBytes(mac.substr(0, 16)));
  hex[12] = '4';
  hex[16] = '8';
  for (const size_t dash : {8, 13, 18, 23}) hex.insert(dash, 1, '-');
  return hex;
}

// Of a name that nobody has: of the form that it would have if somebody had it.
std::string DecoyUserId(const domain::Services& services, const domain::Pool& pool,
                        std::string_view name) {
  const std::string normalised = domain::Normalised(pool, name);
  const json::array* attributes = domain::ArrayMember(pool.description, "UsernameAttributes");
  const json::array* aliases = domain::ArrayMember(pool.description, "AliasAttributes");
  const bool is_alias =
      name.find('@') != std::string_view::npos || (!name.empty() && name.front() == '+');
  const bool other = (attributes != nullptr && !attributes->empty()) ||
                     (aliases != nullptr && !aliases->empty() && is_alias);
  if (!other) return normalised;
  return UuidOf(services.vault.Mac("srp user id", pool.id + "/" + normalised));
}

// A user without a verifier is as one who does not exist: no answer is right. The same is read and
// computed either way.
base::Result<Subject> FindSubject(const Call& call, const domain::Pool& pool,
                                  const domain::Client& client, std::string_view name) {
  const domain::Services& services = call.services;
  SALLYPORT_ASSIGN(const std::optional<domain::User> found,
                   domain::FindUser(services.store, pool, name));
  if (!found && !client.prevent_user_existence_errors) {
    return base::Error{"UserNotFoundException", "User does not exist.", ""};
  }
  domain::User nobody;
  nobody.pool_id = pool.id;
  nobody.sub = base::RandomUuid();
  const domain::User& user = found ? *found : nobody;
  SALLYPORT_ASSIGN(std::optional<domain::SrpVerifier> verifier,
                   domain::GetSrpVerifier(services, services.store, user));
  Subject subject;
  subject.session.sub = verifier ? user.sub : base::RandomUuid();
  subject.session.password_version = user.password_version;
  subject.session.user_id = UserIdFor(services, pool, found ? &*found : nullptr, name);
  const domain::SrpVerifier decoy =
      domain::DecoySrpVerifier(services.vault, pool.id, domain::Normalised(pool, name));
  subject.verifier = verifier ? std::move(*verifier) : decoy;
  return subject;
}

// What the client answers with.
struct Proof {
  std::string_view username, timestamp;
  std::string block, signature;  // as decoded
};

std::optional<std::string> Decoded(std::string_view base64) {
  const auto bytes = base::Base64Decode(base64);
  if (!bytes) return std::nullopt;
  return std::string(bytes->begin(), bytes->end());
}

base::Status CheckTimestamp(std::string_view timestamp, int64_t now_seconds) {
  const auto time = domain::ParseSrpTimestamp(timestamp);
  if (!time)
    return domain::InvalidParameter(
        "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.");
  if (std::abs(now_seconds - *time) > kClockSlackSeconds) return Incorrect();
  return {};
}

// The session that SECRET_BLOCK holds, if this client may still answer it.
base::Result<domain::SrpSession> SessionOf(const Call& call, const domain::Client& client,
                                           std::string_view secret_block) {
  auto session =
      domain::OpenSrpSession(call.services.vault, call.services.store.log_id(), secret_block);
  if (!session || session->client_id != client.id) return Incorrect();
  if (call.services.clock.WallMillis() >= session->expires_millis) {
    return base::Error{"NotAuthorizedException",
                       "Invalid session for the user, session is expired.", ""};
  }
  return std::move(*session);
}

// The user, if the proof is right.
base::Result<std::optional<domain::User>> Prove(const Call& call, const domain::Pool& pool,
                                                const domain::SrpSession& session,
                                                const Proof& proof) {
  SALLYPORT_ASSIGN(std::optional<domain::User> user,
                   domain::FindUser(call.services.store, pool, proof.username));
  const std::string expected =
      domain::SrpSignature(session.key, pool.id, session.user_id, proof.block, proof.timestamp);
  const bool equal = base::ConstantTimeEqual(expected, proof.signature);
  if (!equal || !user || user->sub != session.sub ||
      user->password_version != session.password_version) {
    return std::optional<domain::User>();
  }
  return user;
}

}  // namespace

std::string UserIdFor(const domain::Services& services, const domain::Pool& pool,
                      const domain::User* user, std::string_view name) {
  return user != nullptr ? domain::SrpUserId(pool, *user) : DecoyUserId(services, pool, name);
}

base::Result<Issued> AskSrp(const Call& call, const domain::Pool& pool,
                            const domain::Client& client, std::string_view name,
                            std::string_view client_value, std::string flow) {
  SALLYPORT_ASSIGN(Subject subject, FindSubject(call, pool, client, name));
  auto exchange = domain::ExchangeSrp(subject.verifier, client_value);
  if (!exchange) return domain::InvalidParameter("SRP_A is invalid.");
  domain::SrpSession& session = subject.session;
  session.number = call.services.session_numbers->Next();
  session.client_id = client.id;
  session.flow = std::move(flow);
  session.key = std::move(exchange->key);
  session.expires_millis = call.services.clock.WallMillis() + ChallengeMillis(client);
  json::object challenge{
      {"SALT", base::HexEncode(base::AsBytes(subject.verifier.salt))},
      {"SECRET_BLOCK",
       domain::SealSrpSession(call.services.vault, call.services.store.log_id(), session)},
      {"SRP_B", exchange->public_value},
      {"USERNAME", session.user_id},
      {"USER_ID_FOR_SRP", session.user_id}};
  return Asked(
      {{"ChallengeName", "PASSWORD_VERIFIER"}, {"ChallengeParameters", std::move(challenge)}});
}

base::Result<Issued> InitiateSrp(const Call& call, std::shared_ptr<const domain::Client> client,
                                 const json::object& parameters,
                                 const json::object& client_metadata) {
  SALLYPORT_ASSIGN(const std::string_view name, RequiredParameter(parameters, "USERNAME"));
  SALLYPORT_ASSIGN(const std::string_view client_value, RequiredParameter(parameters, "SRP_A"));
  SALLYPORT_TRY(domain::CheckSecretHash(call.services.vault, *client,
                                        domain::StringMember(parameters, "SECRET_HASH"), {name}));
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, client->pool_id));
  SALLYPORT_TRY(CallPreAuthentication(call, {*pool, *client, name, client_metadata}));
  return AskSrp(call, *pool, *client, name, client_value, "");
}

base::Result<Issued> RespondSrp(Call& call, std::shared_ptr<const domain::Client> client,
                                const json::object& responses,
                                const json::object& client_metadata) {
  Proof proof;
  SALLYPORT_ASSIGN(proof.username, RequiredParameter(responses, "USERNAME"));
  SALLYPORT_ASSIGN(const std::string_view block,
                   RequiredParameter(responses, "PASSWORD_CLAIM_SECRET_BLOCK"));
  SALLYPORT_ASSIGN(const std::string_view signature,
                   RequiredParameter(responses, "PASSWORD_CLAIM_SIGNATURE"));
  SALLYPORT_ASSIGN(proof.timestamp, RequiredParameter(responses, "TIMESTAMP"));
  SALLYPORT_ASSIGN(const domain::SrpSession session, SessionOf(call, *client, block));
  // SDKs compute it over the name that was typed, or over USER_ID_FOR_SRP.
  SALLYPORT_TRY(domain::CheckSecretHash(call.services.vault, *client,
                                        domain::StringMember(responses, "SECRET_HASH"),
                                        {proof.username, session.user_id}));
  SALLYPORT_TRY(CheckTimestamp(proof.timestamp, call.services.clock.WallSeconds()));
  proof.block = Decoded(block).value_or("");
  proof.signature = Decoded(signature).value_or("");
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, client->pool_id));
  SALLYPORT_ASSIGN(std::optional<domain::User> user, Prove(call, *pool, session, proof));
  const auto use_up = [&](store::Tx& tx) {
    return domain::UseOnce(tx, call.services, session.number, session.expires_millis);
  };
  if (!user) {
    // A block is good for one guess.
    SALLYPORT_TRY(domain::Commit(call.services, use_up));
    return Incorrect();
  }
  domain::SignIn sign_in{pool, std::move(client), std::move(*user), nullptr};
  sign_in.client_metadata = client_metadata;
  if (!session.flow.empty()) {
    SALLYPORT_TRY(domain::Commit(call.services, use_up));
    return ContinueCustom(call, std::move(sign_in), session.flow);
  }
  sign_in.also = [&](store::Tx& tx, domain::User&) { return use_up(tx); };
  return ContinueSignIn(call, std::move(sign_in));
}

}  // namespace sallyport::operations
