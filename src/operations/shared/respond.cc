// The answers to challenges: NEW_PASSWORD_REQUIRED here.
#include <optional>
#include <string>
#include <utility>

#include "domain/attributes.h"
#include "domain/challenge.h"
#include "domain/commit.h"
#include "domain/errors.h"
#include "domain/json.h"
#include "domain/password.h"
#include "domain/password_policy.h"
#include "domain/pool.h"
#include "domain/secret_hash.h"
#include "domain/user.h"
#include "operations/shared/authentication_hooks.h"
#include "operations/shared/custom_auth.h"
#include "operations/shared/sign_in.h"
#include "operations/shared/user_shapes.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

constexpr std::string_view kPasswordVerifier = "PASSWORD_VERIFIER";
constexpr std::string_view kNewPasswordRequired = "NEW_PASSWORD_REQUIRED";
constexpr std::string_view kAttributePrefix = "userAttributes.";

base::Error InvalidSession() {
  return {"NotAuthorizedException", "Invalid session for the user.", ""};
}

// The responses userAttributes.*.
domain::Attributes GivenAttributes(const json::object& responses) {
  domain::Attributes attributes;
  for (const auto& [name, value] : responses) {
    const std::string_view key = name;
    if (!key.starts_with(kAttributePrefix) || !value.is_string()) continue;
    attributes.emplace(key.substr(kAttributePrefix.size()), std::string(value.get_string()));
  }
  return attributes;
}

// AWS's sentence, whatever the number.
base::Error StillMissing(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : " and ") + name;
  return domain::InvalidParameter("Invalid attributes given, " + list + " is missing");
}

base::Status ApplyGivenAttributes(const domain::Pool& pool, const domain::Client& client,
                                  const domain::Attributes& given, domain::User& user) {
  SALLYPORT_TRY(domain::CheckMayWrite(client, given));
  SALLYPORT_TRY(domain::CheckChangedAttributes(pool, given));
  for (const std::string_view name : {"email", "phone_number"}) {
    const auto found = given.find(name);
    if (found == given.end() || user.Attribute(name).empty()) continue;
    return base::Error{"NotAuthorizedException",
                       "Cannot modify an already provided " + std::string(name), ""};
  }
  domain::ApplyAttributes(user, given);
  const auto missing = domain::MissingAttributes(pool, user.attributes);
  if (!missing.empty()) return StillMissing(missing);
  return {};
}

// The challenge's user, who is the one that the answer names.
base::Result<domain::User> ChallengedUser(const Call& call, const domain::Pool& pool,
                                          const domain::Challenge& challenge,
                                          std::string_view username) {
  SALLYPORT_ASSIGN(std::optional<domain::User> user,
                   domain::FindUser(call.services.store, pool, username));
  if (!user || user->sub != challenge.sub || user->password_version != challenge.password_version ||
      user->status != domain::kForceChangePassword) {
    return InvalidSession();
  }
  if (!user->enabled) return base::Error{"NotAuthorizedException", "User is disabled.", ""};
  return std::move(*user);
}

base::Result<Issued> RespondNewPassword(Call& call, std::shared_ptr<const domain::Client> client,
                                        std::string_view session, const json::object& responses,
                                        const json::object& client_metadata) {
  SALLYPORT_ASSIGN(const std::string_view username, RequiredParameter(responses, "USERNAME"));
  SALLYPORT_ASSIGN(const std::string_view password, RequiredParameter(responses, "NEW_PASSWORD"));
  SALLYPORT_TRY(domain::CheckSecretHash(
      call.services.vault, *client, domain::StringMember(responses, "SECRET_HASH"), {username}));
  SALLYPORT_ASSIGN(const domain::Challenge challenge,
                   domain::GetChallenge(call.services.store, call.services, session,
                                        kNewPasswordRequired, client->id));
  SALLYPORT_ASSIGN(const auto pool, domain::GetPool(call.services, challenge.pool_id));
  SALLYPORT_ASSIGN(domain::User user, ChallengedUser(call, *pool, challenge, username));
  const domain::Attributes given = GivenAttributes(responses);
  // Before the hash, which costs more.
  SALLYPORT_TRY(domain::CheckPassword(*pool, password));
  SALLYPORT_TRY(ApplyGivenAttributes(*pool, *client, given, user));
  SALLYPORT_ASSIGN(const domain::PreparedPassword prepared,
                   domain::PreparePassword(call.services, *pool, user, password));

  const auto also = [&](store::Tx& tx, domain::User& present) -> base::Status {
    const int64_t now = call.services.clock.WallMillis();
    SALLYPORT_ASSIGN(
        domain::Challenge unused,
        domain::GetChallenge(tx, call.services, session, kNewPasswordRequired, client->id));
    unused.used = true;
    SALLYPORT_TRY(domain::PutChallenge(tx, session, unused));
    domain::ApplyAttributes(present, given);
    return domain::SetPassword(tx, *pool, present, prepared, domain::kConfirmed, now);
  };
  return Complete(call, {.pool = pool,
                         .client = client,
                         .user = std::move(user),
                         .also = also,
                         .client_metadata = client_metadata,
                         .token_source = "TokenGeneration_NewPasswordChallenge"});
}

}  // namespace

base::Result<Issued> Respond(Call& call, const json::object& input, Caller caller) {
  static const json::object none;
  SALLYPORT_ASSIGN(auto client, ClientOf(call, input, caller));
  const json::object* given = domain::ObjectMember(input, "ChallengeResponses");
  const json::object& responses = given != nullptr ? *given : none;
  const json::object client_metadata = ClientMetadataOf(input);
  const std::string_view name = domain::StringMember(input, "ChallengeName");
  // Its session travels in SECRET_BLOCK.
  if (name == kPasswordVerifier) {
    return RespondSrp(call, std::move(client), responses, client_metadata);
  }
  if (name != kNewPasswordRequired && name != kCustomChallenge) {
    // No session of another challenge was ever given.
    return InvalidSession();
  }
  const std::string_view session = domain::StringMember(input, "Session");
  if (session.empty()) return domain::InvalidParameter("Missing required parameter Session");
  if (name == kCustomChallenge) {
    return RespondCustom(call, std::move(client), session, responses, client_metadata);
  }
  return RespondNewPassword(call, std::move(client), session, responses, client_metadata);
}

Lane RespondLane(const json::object& input) {
  return domain::StringMember(input, "ChallengeName") == kNewPasswordRequired ? Lane::kHash
                                                                              : Lane::kQuick;
}

}  // namespace sallyport::operations
