// CUSTOM_AUTH: a sign-in whose challenges the pool's functions define, create and verify.
//
// Source: "Custom authentication challenge Lambda triggers", Amazon Cognito developer guide.
//
// What a flow has gone through travels between its challenges sealed: in the record of its
// CUSTOM_CHALLENGE, or in the SECRET_BLOCK of its PASSWORD_VERIFIER. An answer uses up its session
// by a commit of its own before any function is called, so that of many guesses at one challenge
// one is verified, whatever the function's timing; a function that fails ends the flow.
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <string>
#include <utility>

#include "base/random.h"
#include "domain/challenge.h"
#include "domain/errors.h"
#include "domain/hook.h"
#include "domain/json.h"
#include "domain/vault.h"
#include "sign_in/steps/step.h"
#include "store/store.h"

namespace sallyport::sign_in {
namespace {

namespace json = boost::json;

constexpr std::string_view kCustomChallenge = "CUSTOM_CHALLENGE";
constexpr std::string_view kSrpA = "SRP_A";
constexpr std::string_view kPasswordVerifier = "PASSWORD_VERIFIER";
constexpr std::string_view kContext = "custom auth";
// AWS names no limit; without one, a function that never decides would let a flow go on for ever.
constexpr size_t kMostEntries = 32;
constexpr size_t kMostStateBytes = 32 * 1024;

// A custom flow between two of its challenges.
struct State {
  json::array entries;  // event.request.session
  std::string name;     // as given at the start
  std::string sub;      // whom it named then; nobody's where there is no such user
  std::string user_id;  // parameter USERNAME of its challenges
  std::string srp_a;    // of a flow that begins with SRP, until PASSWORD_VERIFIER is asked for
  std::vector<domain::ProvedFactor> factors;
  // Of the CUSTOM_CHALLENGE that waits for its answer.
  json::object private_parameters;
  json::value metadata;
};

base::Result<std::string> TextOf(const State& state) {
  const bool proved_password =
      std::any_of(state.factors.begin(), state.factors.end(),
                  [](const auto& factor) { return factor.method == domain::kPasswordFactor; });
  std::string text = json::serialize(json::object{{"Entries", state.entries},
                                                  {"Name", state.name},
                                                  {"Sub", state.sub},
                                                  {"UserId", state.user_id},
                                                  {"SrpA", state.srp_a},
                                                  {"ProvedPassword", proved_password},
                                                  {"Factors", domain::FactorsJson(state.factors)},
                                                  {"Private", state.private_parameters},
                                                  {"Metadata", state.metadata}});
  if (text.size() > kMostStateBytes) {
    return domain::InvalidHookResponse("the challenges' parameters and metadata are too large");
  }
  return text;
}

base::Result<State> ParseState(std::string_view text, int64_t now_seconds) {
  SALLYPORT_ASSIGN(json::object members, domain::ParseRecord(kContext, text));
  const json::array* entries = domain::ArrayMember(members, "Entries");
  const json::object* parameters = domain::ObjectMember(members, "Private");
  if (entries == nullptr || parameters == nullptr) {
    return base::InternalError("a custom flow without its members");
  }
  State state{.entries = *entries,
              .name = std::string(domain::StringMember(members, "Name")),
              .sub = std::string(domain::StringMember(members, "Sub")),
              .user_id = std::string(domain::StringMember(members, "UserId")),
              .srp_a = std::string(domain::StringMember(members, "SrpA")),
              .factors = domain::ParseFactors(domain::ArrayMember(members, "Factors")),
              .private_parameters = *parameters,
              .metadata = members["Metadata"]};
  // An older version's says no more than that.
  if (state.factors.empty() && domain::BoolMember(members, "ProvedPassword")) {
    state.factors = {{domain::kPasswordFactor, now_seconds}};
  }
  return state;
}

void AddEntry(State& state, std::string_view name, bool result, json::value metadata) {
  state.entries.push_back(json::object{{"challengeName", name},
                                       {"challengeResult", result},
                                       {"challengeMetadata", std::move(metadata)}});
}

using Texts = std::vector<std::pair<std::string, std::string>>;

// A function's map of texts; numbers and booleans count as their text. Null or none: empty.
base::Result<Texts> TextsOf(const json::object& response, std::string_view name) {
  Texts texts;
  const json::value* value = response.if_contains(name);
  if (value == nullptr || value->is_null()) return texts;
  if (!value->is_object()) return domain::InvalidHookResponse(std::string(name) + " is no object");
  for (const auto& [key, member] : value->get_object()) {
    if (member.is_structured()) {
      return domain::InvalidHookResponse("a member of " + std::string(name) + " is no text");
    }
    if (member.is_null()) continue;
    texts.emplace_back(
        key, member.is_string() ? std::string(member.get_string()) : json::serialize(member));
  }
  return texts;
}

// What Define Auth Challenge wants next.
struct Decision {
  bool fail = true;
  bool issue = false;
  std::string challenge;
};

// From an answer, or the beginning, to what the functions want next.
class CustomFlow {
 public:
  // `user`: none where there is no such user, which is hidden, and the flow cannot end in tokens.
  // `metadata`: of an answer; AWS hands these functions none at the beginning.
  CustomFlow(const Attempt& attempt, std::optional<domain::User> user, State state,
             const json::object* metadata)
      : attempt_(attempt), user_(std::move(user)), state_(std::move(state)), metadata_(metadata) {}

  base::Result<bool> Verify(std::string_view answer) {
    if (!domain::HookOf(*attempt_.pool, domain::Trigger::kVerifyAuthChallengeResponse)) {
      return base::Error{"UserLambdaValidationException",
                         "VerifyAuthChallengeResponse failed with error Verify challenge lambda "
                         "cannot be called.",
                         "the pool has no function for it"};
    }
    domain::HookCall event = EventOf(domain::Trigger::kVerifyAuthChallengeResponse,
                                     "VerifyAuthChallengeResponse_Authentication");
    event.request["privateChallengeParameters"] = state_.private_parameters;
    event.request["challengeAnswer"] = answer;
    event.response = {{"answerCorrect", nullptr}};
    SALLYPORT_ASSIGN(const json::object response, Call(std::move(event)));
    return domain::HookFlag(response, "answerCorrect");
  }

  State& state() { return state_; }

  base::Result<Verdict> Advance() && {
    SALLYPORT_ASSIGN(const Decision decision, Define());
    if (decision.fail) return Incorrect();
    if (decision.issue) {
      if (!user_) return Incorrect();
      return Verdict(Proved{.user = *std::move(user_), .factors = std::move(state_.factors)});
    }
    if (state_.entries.size() >= kMostEntries) return Incorrect();
    if (decision.challenge == kPasswordVerifier) return AskPassword();
    if (decision.challenge == kCustomChallenge) return Ask();
    return domain::InvalidHookResponse("challengeName \"" + decision.challenge + "\"");
  }

 private:
  domain::HookCall EventOf(domain::Trigger trigger, std::string_view source) const {
    domain::HookCall event{.trigger = trigger,
                           .source = source,
                           .username = user_ ? std::string_view(user_->username) : state_.name,
                           .client_id = attempt_.client->id,
                           .user_agent = attempt_.peer.user_agent};
    event.request["userAttributes"] = user_ ? domain::HookAttributes(*user_) : json::object();
    if (metadata_ != nullptr && !metadata_->empty()) event.request["clientMetadata"] = *metadata_;
    if (attempt_.client->settings.prevent_user_existence_errors)
      event.request["userNotFound"] = !user_;
    return event;
  }

  base::Result<json::object> Call(domain::HookCall event) const {
    return domain::CallHook(attempt_.services, *attempt_.pool, std::move(event));
  }

  base::Result<Decision> Define() const {
    domain::HookCall event =
        EventOf(domain::Trigger::kDefineAuthChallenge, "DefineAuthChallenge_Authentication");
    event.request["session"] = state_.entries;
    event.response = {
        {"challengeName", nullptr}, {"issueTokens", nullptr}, {"failAuthentication", nullptr}};
    SALLYPORT_ASSIGN(const json::object response, Call(std::move(event)));
    Decision decision;
    SALLYPORT_ASSIGN(decision.fail, domain::HookFlag(response, "failAuthentication"));
    SALLYPORT_ASSIGN(decision.issue, domain::HookFlag(response, "issueTokens"));
    decision.challenge = domain::StringMember(response, "challengeName");
    return decision;
  }

  base::Result<Verdict> AskPassword() {
    std::string client_value = std::exchange(state_.srp_a, {});
    if (client_value.empty()) {
      return domain::InvalidHookResponse("PASSWORD_VERIFIER in a flow that has no SRP_A to prove");
    }
    SALLYPORT_ASSIGN(std::string text, TextOf(state_));
    return Verdict(NextSrp{state_.name, std::move(client_value), std::move(text)});
  }

  // Calls Create Auth Challenge; gives publicChallengeParameters.
  base::Result<Texts> Create() {
    if (!domain::HookOf(*attempt_.pool, domain::Trigger::kCreateAuthChallenge)) {
      return base::Error{
          "UserLambdaValidationException",
          "CreateAuthChallenge failed with error Generate callenges lambda cannot be "
          "called..",
          "the pool has no function for it"};
    }
    domain::HookCall event =
        EventOf(domain::Trigger::kCreateAuthChallenge, "CreateAuthChallenge_Authentication");
    event.request["challengeName"] = kCustomChallenge;
    event.request["session"] = state_.entries;
    event.response = {{"publicChallengeParameters", nullptr},
                      {"privateChallengeParameters", nullptr},
                      {"challengeMetadata", nullptr}};
    SALLYPORT_ASSIGN(const json::object response, Call(std::move(event)));
    SALLYPORT_ASSIGN(const Texts kept, TextsOf(response, "privateChallengeParameters"));
    state_.private_parameters.clear();
    for (const auto& [name, text] : kept) state_.private_parameters[name] = text;
    const json::value* metadata = response.if_contains("challengeMetadata");
    if (metadata != nullptr && !metadata->is_string() && !metadata->is_null()) {
      return domain::InvalidHookResponse("challengeMetadata is no text");
    }
    state_.metadata = metadata == nullptr ? json::value() : *metadata;
    return TextsOf(response, "publicChallengeParameters");
  }

  base::Result<Verdict> Ask() {
    SALLYPORT_ASSIGN(Texts parameters, Create());
    SALLYPORT_ASSIGN(const std::string text, TextOf(state_));
    domain::Challenge challenge{.name = std::string(kCustomChallenge),
                                .pool_id = attempt_.pool->id,
                                .client_id = attempt_.client->id,
                                .sub = state_.sub,
                                .password_version = user_ ? user_->password_version : 0,
                                .sealed = attempt_.services.vault.Seal(kContext, text),
                                .by_anybody = true};
    domain::ExpireAfter(challenge, attempt_.services, ChallengeMillis(*attempt_.client));
    std::string session = domain::MakeSession();
    const auto write = [&services = attempt_.services, challenge, session](
                           store::Tx& tx, domain::User&) -> base::Status {
      SALLYPORT_TRY(domain::MakeRoomForChallenge(tx, services));
      return domain::PutChallenge(tx, session, challenge);
    };
    return Verdict(Next{AskCustom{.session = std::move(session),
                                  .user_id = state_.user_id,
                                  .parameters = std::move(parameters)},
                        write});
  }

  const Attempt& attempt_;
  std::optional<domain::User> user_;
  State state_;
  const json::object* const metadata_;
};

class BeginCustomStep final : public Step {
 public:
  explicit BeginCustomStep(const BeginCustom& input) : input_(input) {}

  base::Status Open(const Attempt& attempt) override {
    SALLYPORT_TRY(CheckClient(attempt, {input_.name}));
    if (domain::HookOf(*attempt.pool, domain::Trigger::kDefineAuthChallenge)) return {};
    return domain::InvalidParameter(
        "Custom auth lambda trigger is not configured for the user pool.");
  }
  std::optional<Beginning> begins() const override { return Beginning{input_.name}; }

  base::Result<Verdict> Prove(const Attempt& attempt) override {
    SALLYPORT_ASSIGN(std::optional<domain::User> user,
                     domain::FindUser(attempt.services.store, *attempt.pool, input_.name));
    if (!user && !attempt.client->settings.prevent_user_existence_errors) return NoSuchUser();
    if (user) SALLYPORT_TRY(CheckMayBegin(*attempt.client, *user));
    State state;
    state.name = input_.name;
    state.sub = user ? user->sub : base::RandomUuid();
    state.user_id = UserIdOf(attempt, user ? &*user : nullptr, input_.name);
    if (input_.client_value) {
      if (input_.client_value->empty()) {
        return domain::InvalidParameter("Missing required parameter SRP_A");
      }
      state.srp_a = *input_.client_value;
      AddEntry(state, kSrpA, true, nullptr);
    }
    return CustomFlow(attempt, std::move(user), std::move(state), nullptr).Advance();
  }

 private:
  // An app wants to know at once that a user has yet to be confirmed; where users are hidden, only
  // who has gone through the flow is told.
  static base::Status CheckMayBegin(const domain::Client& client, const domain::User& user) {
    if (client.settings.prevent_user_existence_errors) return {};
    if (!user.enabled) return Disabled();
    if (user.status == domain::kUnconfirmed) return NotConfirmed();
    return {};
  }

  const BeginCustom& input_;
};

class AnswerCustomStep final : public Step {
 public:
  explicit AnswerCustomStep(const AnswerCustom& input) : input_(input) {}

  base::Status Open(const Attempt& attempt) override {
    const domain::Services& services = attempt.services;
    SALLYPORT_ASSIGN(const domain::Challenge challenge,
                     domain::GetChallenge(services.store, services, input_.session,
                                          kCustomChallenge, attempt.client->id));
    SALLYPORT_ASSIGN(const std::string text, services.vault.Open(kContext, challenge.sealed));
    SALLYPORT_ASSIGN(state_, ParseState(text, services.clock.WallSeconds()));
    // SDKs compute it over the name that was typed, or over the challenge's USERNAME.
    SALLYPORT_TRY(CheckClient(attempt, {input_.name, state_.user_id, state_.name}));
    SALLYPORT_TRY(FindUser(attempt, challenge));
    return CheckName(attempt);
  }

  Write Spend(const Attempt& attempt) override {
    return [this, &attempt](store::Tx& tx, domain::User&) -> base::Status {
      SALLYPORT_ASSIGN(domain::Challenge unused,
                       domain::GetChallenge(tx, attempt.services, input_.session, kCustomChallenge,
                                            attempt.client->id));
      unused.used = true;
      unused.sealed.clear();
      return domain::PutChallenge(tx, input_.session, unused);
    };
  }

  // A wrong answer is for Define Auth Challenge to judge.
  base::Result<Verdict> Prove(const Attempt& attempt) override {
    CustomFlow flow(attempt, std::move(user_), std::move(state_), attempt.metadata);
    SALLYPORT_ASSIGN(const bool correct, flow.Verify(input_.answer));
    State& state = flow.state();
    AddEntry(state, kCustomChallenge, correct, std::exchange(state.metadata, nullptr));
    if (correct) {
      state.factors.push_back({domain::kCustomFactor, attempt.services.clock.WallSeconds()});
    }
    state.private_parameters.clear();
    return std::move(flow).Advance();
  }

 private:
  // Still the one who began it, with the same password.
  base::Status FindUser(const Attempt& attempt, const domain::Challenge& challenge) {
    SALLYPORT_ASSIGN(user_,
                     domain::GetUser(attempt.services.store, attempt.pool->id, challenge.sub));
    if (!user_ && !attempt.client->settings.prevent_user_existence_errors) {
      return InvalidSession("the user is gone");
    }
    if (user_ && user_->password_version != challenge.password_version) {
      return InvalidSession("the password was changed meanwhile");
    }
    return {};
  }

  // Whether the answer's name is one by which the flow's user may be called.
  base::Status CheckName(const Attempt& attempt) const {
    const domain::Pool& pool = *attempt.pool;
    const std::string normalised = domain::Normalised(pool, input_.name);
    if (normalised == state_.user_id || normalised == domain::Normalised(pool, state_.name)) {
      return {};
    }
    SALLYPORT_ASSIGN(const std::optional<domain::User> named,
                     domain::FindUser(attempt.services.store, pool, input_.name));
    if (named && user_ && named->sub == user_->sub) return {};
    return InvalidSession("the answer names another user");
  }

  const AnswerCustom& input_;
  State state_;
  std::optional<domain::User> user_;
};

// After PASSWORD_VERIFIER.
class ContinueCustomStep final : public Step {
 public:
  explicit ContinueCustomStep(Proved proved) : proved_(std::move(proved)) {}

  base::Status Open(const Attempt&) override { return {}; }
  base::Result<Verdict> Prove(const Attempt& attempt) override {
    SALLYPORT_ASSIGN(State state,
                     ParseState(proved_.custom_state, attempt.services.clock.WallSeconds()));
    // The name may have gone to another since.
    if (state.sub != proved_.user.sub) return Incorrect();
    state.factors.insert(state.factors.end(), proved_.factors.begin(), proved_.factors.end());
    AddEntry(state, kPasswordVerifier, true, nullptr);
    return CustomFlow(attempt, std::move(proved_.user), std::move(state), attempt.metadata)
        .Advance();
  }

 private:
  Proved proved_;
};

}  // namespace

std::unique_ptr<Step> MakeStep(const BeginCustom& input) {
  return std::make_unique<BeginCustomStep>(input);
}

std::unique_ptr<Step> MakeStep(const AnswerCustom& input) {
  return std::make_unique<AnswerCustomStep>(input);
}

std::unique_ptr<Step> ContinueCustom(Proved proved) {
  return std::make_unique<ContinueCustomStep>(std::move(proved));
}

}  // namespace sallyport::sign_in
