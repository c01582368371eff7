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
#include "hook_model/answers.h"
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
  bool proved_password = false;  // all that an older version says of the factors
  std::vector<domain::ProvedFactor> factors;
  // Of the CUSTOM_CHALLENGE that waits for its answer.
  json::object private_parameters;
  json::value metadata;
};

// A State's record: what writes it and what reads it goes through the same members.
template <typename AnyState, typename Visitor>
void VisitMembers(AnyState& state, Visitor& visit) {
  visit("Entries", state.entries);
  visit("Name", state.name);
  visit("Sub", state.sub);
  visit("UserId", state.user_id);
  visit("SrpA", state.srp_a);
  visit("ProvedPassword", state.proved_password);
  visit("Factors", state.factors);
  visit("Private", state.private_parameters);
  visit("Metadata", state.metadata);
}

class StateWriter {
 public:
  template <typename T>
  void operator()(std::string_view name, const T& value) {
    record[name] = value;
  }
  void operator()(std::string_view name, const std::vector<domain::ProvedFactor>& factors) {
    record[name] = domain::FactorsJson(factors);
  }

  json::object record;
};

class StateReader {
 public:
  explicit StateReader(const json::object& record) : record_(record) {}

  void operator()(std::string_view name, std::string& text) const {
    text = domain::StringMember(record_, name);
  }
  void operator()(std::string_view name, bool& flag) const {
    flag = domain::BoolMember(record_, name);
  }
  void operator()(std::string_view name, json::array& list) {
    const json::array* found = domain::ArrayMember(record_, name);
    if (found != nullptr) list = *found;
    whole = whole && found != nullptr;
  }
  void operator()(std::string_view name, json::object& object) {
    const json::object* found = domain::ObjectMember(record_, name);
    if (found != nullptr) object = *found;
    whole = whole && found != nullptr;
  }
  void operator()(std::string_view name, json::value& value) const {
    const json::value* found = record_.if_contains(name);
    if (found != nullptr) value = *found;
  }
  void operator()(std::string_view name, std::vector<domain::ProvedFactor>& factors) const {
    factors = domain::ParseFactors(domain::ArrayMember(record_, name));
  }

  bool whole = true;

 private:
  const json::object& record_;
};

base::Result<std::string> TextOf(State& state) {
  state.proved_password =
      std::any_of(state.factors.begin(), state.factors.end(),
                  [](const auto& factor) { return factor.method == domain::kPasswordFactor; });
  StateWriter writer;
  VisitMembers(state, writer);
  std::string text = json::serialize(writer.record);
  if (text.size() > kMostStateBytes) {
    return domain::error::kHookAnswerUnrecognized.Because(
        "the challenges' parameters and metadata are too large");
  }
  return text;
}

base::Result<State> ParseState(std::string_view text, int64_t now_seconds) {
  SALLYPORT_ASSIGN(const json::object record, domain::ParseRecord(kContext, text));
  State state;
  StateReader reader(record);
  VisitMembers(state, reader);
  if (!reader.whole) return base::InternalError("a custom flow without its members");
  if (state.factors.empty() && state.proved_password) {
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
base::Result<Texts> TextsOf(const domain::HookMember& member) {
  Texts texts;
  if (member.value == nullptr) return texts;
  const std::string name(member.name);
  if (!member.value->is_object())
    return domain::error::kHookAnswerUnrecognized.Because(name + " is no object");
  for (const auto& [key, text] : member.value->get_object()) {
    if (text.is_structured()) {
      return domain::error::kHookAnswerUnrecognized.Because("a member of " + name + " is no text");
    }
    if (text.is_null()) continue;
    texts.emplace_back(key,
                       text.is_string() ? std::string(text.get_string()) : json::serialize(text));
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
      return domain::error::kNoVerifyChallengeHook.Because("the pool has no function for it");
    }
    domain::HookCall event = EventOf(domain::Trigger::kVerifyAuthChallengeResponse,
                                     "VerifyAuthChallengeResponse_Authentication");
    event.request["privateChallengeParameters"] = state_.private_parameters;
    event.request["challengeAnswer"] = answer;
    event.response = {{"answerCorrect", nullptr}};
    SALLYPORT_ASSIGN(const json::object response, Call(std::move(event)));
    return domain::HookFlag(domain::VerifyAuthChallengeResponseAnswer(response).answer_correct());
  }

  State& state() { return state_; }

  base::Result<Verdict> Advance() && {
    SALLYPORT_ASSIGN(const Decision decision, Define());
    if (decision.fail) return domain::error::kIncorrectUsernameOrPassword();
    if (decision.issue) {
      if (!user_) return domain::error::kIncorrectUsernameOrPassword();
      return Verdict(Proved{.user = *std::move(user_), .factors = std::move(state_.factors)});
    }
    if (state_.entries.size() >= kMostEntries) return domain::error::kIncorrectUsernameOrPassword();
    if (decision.challenge == kPasswordVerifier) return AskPassword();
    if (decision.challenge == kCustomChallenge) return Ask();
    return domain::error::kHookAnswerUnrecognized.Because("challengeName \"" + decision.challenge +
                                                          "\"");
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
    const domain::DefineAuthChallengeAnswer said(response);
    Decision decision;
    SALLYPORT_ASSIGN(decision.fail, domain::HookFlag(said.fail_authentication()));
    SALLYPORT_ASSIGN(decision.issue, domain::HookFlag(said.issue_tokens()));
    decision.challenge = domain::HookText(said.challenge_name());
    return decision;
  }

  base::Result<Verdict> AskPassword() {
    std::string client_value = std::exchange(state_.srp_a, {});
    if (client_value.empty()) {
      return domain::error::kHookAnswerUnrecognized.Because(
          "PASSWORD_VERIFIER in a flow that has no SRP_A to prove");
    }
    SALLYPORT_ASSIGN(std::string text, TextOf(state_));
    return Verdict(NextSrp{state_.name, std::move(client_value), std::move(text)});
  }

  // Calls Create Auth Challenge; gives publicChallengeParameters.
  base::Result<Texts> Create() {
    if (!domain::HookOf(*attempt_.pool, domain::Trigger::kCreateAuthChallenge)) {
      return domain::error::kNoCreateChallengeHook.Because("the pool has no function for it");
    }
    domain::HookCall event =
        EventOf(domain::Trigger::kCreateAuthChallenge, "CreateAuthChallenge_Authentication");
    event.request["challengeName"] = kCustomChallenge;
    event.request["session"] = state_.entries;
    event.response = {{"publicChallengeParameters", nullptr},
                      {"privateChallengeParameters", nullptr},
                      {"challengeMetadata", nullptr}};
    SALLYPORT_ASSIGN(const json::object response, Call(std::move(event)));
    const domain::CreateAuthChallengeAnswer said(response);
    SALLYPORT_ASSIGN(const Texts kept, TextsOf(said.private_challenge_parameters()));
    state_.private_parameters.clear();
    for (const auto& [name, text] : kept) state_.private_parameters[name] = text;
    const json::value* metadata = said.challenge_metadata().value;
    if (metadata != nullptr && !metadata->is_string()) {
      return domain::error::kHookAnswerUnrecognized.Because("challengeMetadata is no text");
    }
    state_.metadata = metadata == nullptr ? json::value() : *metadata;
    return TextsOf(said.public_challenge_parameters());
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
    return domain::error::kCustomAuthNotConfigured();
  }
  std::optional<Beginning> begins() const override { return Beginning{input_.name}; }

  base::Result<Verdict> Prove(const Attempt& attempt) override {
    SALLYPORT_ASSIGN(std::optional<domain::User> user,
                     domain::FindUser(attempt.services.store, *attempt.pool, input_.name));
    if (!user && !attempt.client->settings.prevent_user_existence_errors)
      return domain::error::kNoSuchUser();
    if (user) SALLYPORT_TRY(CheckMayBegin(*attempt.client, *user));
    State state;
    state.name = input_.name;
    state.sub = user ? user->sub : base::RandomUuid();
    state.user_id = UserIdOf(attempt, user ? &*user : nullptr, input_.name);
    if (input_.client_value) {
      if (input_.client_value->empty()) {
        return domain::error::kMissingParameter("SRP_A");
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
    if (!user.enabled) return domain::error::kUserDisabled();
    if (user.status == domain::kUnconfirmed) return domain::error::kUserNotConfirmed();
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
      return domain::error::kInvalidSession.Because("the user is gone");
    }
    if (user_ && user_->password_version != challenge.password_version) {
      return domain::error::kInvalidSession.Because("the password was changed meanwhile");
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
    return domain::error::kInvalidSession.Because("the answer names another user");
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
    if (state.sub != proved_.user.sub) return domain::error::kIncorrectUsernameOrPassword();
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
