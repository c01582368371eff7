#include "operations/shared/custom_auth.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <utility>

#include "base/random.h"
#include "domain/challenge.h"
#include "domain/commit.h"
#include "domain/hook.h"
#include "domain/json.h"
#include "domain/pool.h"
#include "domain/secret_hash.h"
#include "domain/user.h"
#include "domain/vault.h"
#include "operations/shared/authentication_hooks.h"
#include "operations/shared/hook_response.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

constexpr std::string_view kSrpA = "SRP_A";
constexpr std::string_view kPasswordVerifier = "PASSWORD_VERIFIER";
constexpr std::string_view kContext = "custom auth";
// AWS names no limit; without one, a function that never decides would let a flow go on for ever.
constexpr size_t kMostEntries = 32;
constexpr size_t kMostFlowBytes = 32 * 1024;

base::Error Incorrect() {
  return {"NotAuthorizedException", "Incorrect username or password.", ""};
}

base::Error Disabled() {
  return {"NotAuthorizedException", "User is disabled.", ""};
}

base::Error InvalidSession(std::string cause) {
  return {"NotAuthorizedException", "Invalid session for the user.", std::move(cause)};
}

// A flow between two of its steps.
struct Flow {
  json::array entries;  // event.request.session
  std::string name;     // as given at the start
  std::string sub;      // whom it named then; nobody's where there is no such user
  std::string user_id;  // parameter USERNAME of its challenges
  std::string srp_a;    // of a flow that begins with SRP, until PASSWORD_VERIFIER is asked for
  bool proved_password = false;
  // Of the CUSTOM_CHALLENGE that waits for its answer.
  json::object private_parameters;
  json::value metadata;
};

base::Result<std::string> TextOf(const Flow& flow) {
  std::string text = json::serialize(json::object{{"Entries", flow.entries},
                                                  {"Name", flow.name},
                                                  {"Sub", flow.sub},
                                                  {"UserId", flow.user_id},
                                                  {"SrpA", flow.srp_a},
                                                  {"ProvedPassword", flow.proved_password},
                                                  {"Private", flow.private_parameters},
                                                  {"Metadata", flow.metadata}});
  if (text.size() > kMostFlowBytes) {
    return domain::InvalidHookResponse("the challenges' parameters and metadata are too large");
  }
  return text;
}

base::Result<Flow> ParseFlow(std::string_view text) {
  SALLYPORT_ASSIGN(json::object members, domain::ParseRecord(kContext, text));
  const json::array* entries = domain::ArrayMember(members, "Entries");
  const json::object* parameters = domain::ObjectMember(members, "Private");
  if (entries == nullptr || parameters == nullptr) {
    return base::InternalError("a custom flow without its members");
  }
  return Flow{.entries = *entries,
              .name = std::string(domain::StringMember(members, "Name")),
              .sub = std::string(domain::StringMember(members, "Sub")),
              .user_id = std::string(domain::StringMember(members, "UserId")),
              .srp_a = std::string(domain::StringMember(members, "SrpA")),
              .proved_password = domain::BoolMember(members, "ProvedPassword"),
              .private_parameters = *parameters,
              .metadata = members["Metadata"]};
}

void AddEntry(Flow& flow, std::string_view name, bool result, json::value metadata) {
  flow.entries.push_back(json::object{{"challengeName", name},
                                      {"challengeResult", result},
                                      {"challengeMetadata", std::move(metadata)}});
}

// One step of a flow.
struct Step {
  std::shared_ptr<const domain::Pool> pool;
  std::shared_ptr<const domain::Client> client;
  // None: there is no such user, which is hidden, and the flow cannot end in tokens.
  std::optional<domain::User> user;
  Flow flow;
  json::object client_metadata;
};

domain::HookCall EventOf(const Call& call, const Step& step, domain::Trigger trigger,
                         std::string_view source) {
  domain::HookCall event{
      .trigger = trigger,
      .source = source,
      .username = step.user ? std::string_view(step.user->username) : step.flow.name,
      .client_id = step.client->id,
      .user_agent = call.user_agent};
  event.request["userAttributes"] = step.user ? domain::HookAttributes(*step.user) : json::object();
  if (!step.client_metadata.empty()) event.request["clientMetadata"] = step.client_metadata;
  if (step.client->prevent_user_existence_errors) event.request["userNotFound"] = !step.user;
  return event;
}

// A function's map of texts; numbers and booleans count as their text. Null or none: empty.
base::Result<json::object> Texts(const json::object& response, std::string_view name) {
  const json::value* value = response.if_contains(name);
  if (value == nullptr || value->is_null()) return json::object();
  if (!value->is_object()) return domain::InvalidHookResponse(std::string(name) + " is no object");
  json::object texts;
  for (const auto& [key, member] : value->get_object()) {
    if (member.is_structured()) {
      return domain::InvalidHookResponse("a member of " + std::string(name) + " is no text");
    }
    if (member.is_null()) continue;
    texts[key] = member.is_string() ? member : json::value(json::serialize(member));
  }
  return texts;
}

// What Define Auth Challenge wants next.
struct Decision {
  bool fail = true;
  bool issue = false;
  std::string challenge;
};

base::Result<Decision> Define(const Call& call, const Step& step) {
  domain::HookCall event = EventOf(call, step, domain::Trigger::kDefineAuthChallenge,
                                   "DefineAuthChallenge_Authentication");
  event.request["session"] = step.flow.entries;
  event.response = {
      {"challengeName", nullptr}, {"issueTokens", nullptr}, {"failAuthentication", nullptr}};
  SALLYPORT_ASSIGN(const json::object response,
                   domain::CallHook(call.services, *step.pool, std::move(event)));
  Decision decision;
  SALLYPORT_ASSIGN(decision.fail, HookFlag(response, "failAuthentication"));
  SALLYPORT_ASSIGN(decision.issue, HookFlag(response, "issueTokens"));
  decision.challenge = domain::StringMember(response, "challengeName");
  return decision;
}

// The functions have decided that the user is who the flow says.
base::Result<Issued> Issue(Call& call, Step step) {
  if (!step.user) return Incorrect();
  // Before Post Authentication, which is told of sign-ins.
  if (!step.user->enabled) return Disabled();
  const bool temporary = step.user->status == domain::kForceChangePassword;
  domain::SignIn sign_in{step.pool, step.client, std::move(*step.user), nullptr};
  sign_in.client_metadata = std::move(step.client_metadata);
  // Who signs in without a password has none to change.
  if (temporary && !step.flow.proved_password) return Complete(call, std::move(sign_in));
  return ContinueSignIn(call, std::move(sign_in));
}

base::Result<Issued> AskPassword(const Call& call, Step step) {
  const std::string client_value = std::exchange(step.flow.srp_a, {});
  if (client_value.empty()) {
    return domain::InvalidHookResponse("PASSWORD_VERIFIER in a flow that has no SRP_A to prove");
  }
  SALLYPORT_ASSIGN(std::string flow, TextOf(step.flow));
  return AskSrp(call, *step.pool, *step.client, step.flow.name, client_value, std::move(flow));
}

// Calls Create Auth Challenge; gives publicChallengeParameters.
base::Result<json::object> Create(const Call& call, Step& step) {
  if (!domain::HookOf(*step.pool, domain::Trigger::kCreateAuthChallenge)) {
    return base::Error{"UserLambdaValidationException",
                       "CreateAuthChallenge failed with error Generate callenges lambda cannot be "
                       "called..",
                       "the pool has no function for it"};
  }
  domain::HookCall event = EventOf(call, step, domain::Trigger::kCreateAuthChallenge,
                                   "CreateAuthChallenge_Authentication");
  event.request["challengeName"] = kCustomChallenge;
  event.request["session"] = step.flow.entries;
  event.response = {{"publicChallengeParameters", nullptr},
                    {"privateChallengeParameters", nullptr},
                    {"challengeMetadata", nullptr}};
  SALLYPORT_ASSIGN(const json::object response,
                   domain::CallHook(call.services, *step.pool, std::move(event)));
  SALLYPORT_ASSIGN(step.flow.private_parameters, Texts(response, "privateChallengeParameters"));
  const json::value* metadata = response.if_contains("challengeMetadata");
  if (metadata != nullptr && !metadata->is_string() && !metadata->is_null()) {
    return domain::InvalidHookResponse("challengeMetadata is no text");
  }
  step.flow.metadata = metadata == nullptr ? json::value() : *metadata;
  return Texts(response, "publicChallengeParameters");
}

base::Result<Issued> AskCustom(const Call& call, Step step) {
  SALLYPORT_ASSIGN(json::object parameters, Create(call, step));
  SALLYPORT_ASSIGN(const std::string flow, TextOf(step.flow));
  const std::string session = domain::MakeSession();
  domain::Challenge challenge{.name = std::string(kCustomChallenge),
                              .pool_id = step.pool->id,
                              .client_id = step.client->id,
                              .sub = step.flow.sub,
                              .password_version = step.user ? step.user->password_version : 0,
                              .sealed = call.services.vault.Seal(kContext, flow),
                              .by_anybody = true};
  domain::ExpireAfter(challenge, call.services, ChallengeMillis(*step.client));
  const auto put = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_TRY(domain::MakeRoomForChallenge(tx, call.services));
    return domain::PutChallenge(tx, session, challenge);
  };
  SALLYPORT_TRY(domain::Commit(call.services, put));
  parameters["USERNAME"] = step.flow.user_id;
  return Asked({{"ChallengeName", kCustomChallenge},
                {"Session", session},
                {"ChallengeParameters", std::move(parameters)}});
}

base::Result<Issued> Advance(Call& call, Step step) {
  SALLYPORT_ASSIGN(const Decision decision, Define(call, step));
  if (decision.fail) return Incorrect();
  if (decision.issue) return Issue(call, std::move(step));
  if (step.flow.entries.size() >= kMostEntries) return Incorrect();
  if (decision.challenge == kPasswordVerifier) return AskPassword(call, std::move(step));
  if (decision.challenge == kCustomChallenge) return AskCustom(call, std::move(step));
  return domain::InvalidHookResponse("challengeName \"" + decision.challenge + "\"");
}

base::Result<bool> Verify(const Call& call, const Step& step, std::string_view answer) {
  if (!domain::HookOf(*step.pool, domain::Trigger::kVerifyAuthChallengeResponse)) {
    return base::Error{"UserLambdaValidationException",
                       "VerifyAuthChallengeResponse failed with error Verify challenge lambda "
                       "cannot be called.",
                       "the pool has no function for it"};
  }
  domain::HookCall event = EventOf(call, step, domain::Trigger::kVerifyAuthChallengeResponse,
                                   "VerifyAuthChallengeResponse_Authentication");
  event.request["privateChallengeParameters"] = step.flow.private_parameters;
  event.request["challengeAnswer"] = answer;
  event.response = {{"answerCorrect", nullptr}};
  SALLYPORT_ASSIGN(const json::object response,
                   domain::CallHook(call.services, *step.pool, std::move(event)));
  return HookFlag(response, "answerCorrect");
}

// The user of a flow that has begun: still the one who began it, with the same password.
base::Result<std::optional<domain::User>> UserOf(const Call& call, const domain::Client& client,
                                                 const domain::Challenge& challenge) {
  SALLYPORT_ASSIGN(std::optional<domain::User> user,
                   domain::GetUser(call.services.store, challenge.pool_id, challenge.sub));
  if (!user && !client.prevent_user_existence_errors) return InvalidSession("the user is gone");
  if (user && user->password_version != challenge.password_version) {
    return InvalidSession("the password was changed meanwhile");
  }
  return user;
}

// Whether the answer's USERNAME is one by which the flow's user may be called.
base::Status CheckName(const Call& call, const Step& step, std::string_view name) {
  const std::string normalised = domain::Normalised(*step.pool, name);
  if (normalised == step.flow.user_id ||
      normalised == domain::Normalised(*step.pool, step.flow.name)) {
    return {};
  }
  SALLYPORT_ASSIGN(const std::optional<domain::User> named,
                   domain::FindUser(call.services.store, *step.pool, name));
  if (named && step.user && named->sub == step.user->sub) return {};
  return InvalidSession("the answer names another user");
}

base::Status UseUp(const Call& call, std::string_view session, const domain::Client& client) {
  return domain::Commit(call.services, [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(domain::Challenge unused,
                     domain::GetChallenge(tx, call.services, session, kCustomChallenge, client.id));
    unused.used = true;
    unused.sealed.clear();
    return domain::PutChallenge(tx, session, unused);
  });
}

// An app wants to know at once that a user has yet to be confirmed; where users are hidden, only
// who has gone through the flow is told.
base::Status CheckMayBegin(const domain::Client& client, const domain::User& user) {
  if (client.prevent_user_existence_errors) return {};
  if (!user.enabled) return Disabled();
  if (user.status == domain::kUnconfirmed) {
    return base::Error{"UserNotConfirmedException", "User is not confirmed.", ""};
  }
  return {};
}

}  // namespace

base::Result<Issued> InitiateCustom(Call& call, std::shared_ptr<const domain::Client> client,
                                    const json::object& parameters,
                                    const json::object& client_metadata) {
  SALLYPORT_ASSIGN(const std::string_view name, RequiredParameter(parameters, "USERNAME"));
  SALLYPORT_TRY(domain::CheckSecretHash(call.services.vault, *client,
                                        domain::StringMember(parameters, "SECRET_HASH"), {name}));
  Step step;
  SALLYPORT_ASSIGN(step.pool, domain::GetPool(call.services, client->pool_id));
  if (!domain::HookOf(*step.pool, domain::Trigger::kDefineAuthChallenge)) {
    return base::Error{"InvalidParameterException",
                       "Custom auth lambda trigger is not configured for the user pool.", ""};
  }
  SALLYPORT_TRY(CallPreAuthentication(call, {*step.pool, *client, name, client_metadata}));
  SALLYPORT_ASSIGN(step.user, domain::FindUser(call.services.store, *step.pool, name));
  if (!step.user && !client->prevent_user_existence_errors) {
    return base::Error{"UserNotFoundException", "User does not exist.", ""};
  }
  if (step.user) SALLYPORT_TRY(CheckMayBegin(*client, *step.user));
  step.flow.name = name;
  step.flow.sub = step.user ? step.user->sub : base::RandomUuid();
  step.flow.user_id = UserIdFor(call.services, *step.pool, step.user ? &*step.user : nullptr, name);
  if (domain::StringMember(parameters, "CHALLENGE_NAME") == kSrpA) {
    SALLYPORT_ASSIGN(step.flow.srp_a, RequiredParameter(parameters, kSrpA));
    AddEntry(step.flow, kSrpA, true, nullptr);
  }
  step.client = std::move(client);
  return Advance(call, std::move(step));
}

base::Result<Issued> RespondCustom(Call& call, std::shared_ptr<const domain::Client> client,
                                   std::string_view session, const json::object& responses,
                                   const json::object& client_metadata) {
  SALLYPORT_ASSIGN(const std::string_view name, RequiredParameter(responses, "USERNAME"));
  SALLYPORT_ASSIGN(const std::string_view answer, RequiredParameter(responses, "ANSWER"));
  SALLYPORT_ASSIGN(const domain::Challenge challenge,
                   domain::GetChallenge(call.services.store, call.services, session,
                                        kCustomChallenge, client->id));
  SALLYPORT_ASSIGN(const std::string flow, call.services.vault.Open(kContext, challenge.sealed));
  Step step;
  SALLYPORT_ASSIGN(step.flow, ParseFlow(flow));
  // SDKs compute it over the name that was typed, or over the challenge's USERNAME.
  SALLYPORT_TRY(domain::CheckSecretHash(call.services.vault, *client,
                                        domain::StringMember(responses, "SECRET_HASH"),
                                        {name, step.flow.user_id, step.flow.name}));
  SALLYPORT_ASSIGN(step.pool, domain::GetPool(call.services, challenge.pool_id));
  SALLYPORT_ASSIGN(step.user, UserOf(call, *client, challenge));
  SALLYPORT_TRY(CheckName(call, step, name));
  SALLYPORT_TRY(UseUp(call, session, *client));
  step.client = std::move(client);
  step.client_metadata = client_metadata;
  SALLYPORT_ASSIGN(const bool correct, Verify(call, step, answer));
  AddEntry(step.flow, kCustomChallenge, correct, std::exchange(step.flow.metadata, nullptr));
  step.flow.private_parameters.clear();
  return Advance(call, std::move(step));
}

base::Result<Issued> ContinueCustom(Call& call, domain::SignIn sign_in, std::string_view flow) {
  Step step{.pool = std::move(sign_in.pool),
            .client = std::move(sign_in.client),
            .user = std::move(sign_in.user),
            .flow = {},
            .client_metadata = std::move(sign_in.client_metadata)};
  SALLYPORT_ASSIGN(step.flow, ParseFlow(flow));
  // The name may have gone to another since.
  if (step.flow.sub != step.user->sub) return Incorrect();
  step.flow.proved_password = true;
  AddEntry(step.flow, kPasswordVerifier, true, nullptr);
  return Advance(call, std::move(step));
}

}  // namespace sallyport::operations
