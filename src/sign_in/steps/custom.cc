// CUSTOM_AUTH: a sign-in whose challenges are defined, created and verified by the pool's
// functions.
//
// Source: "Custom authentication challenge Lambda triggers", Amazon Cognito developer guide.
//
// The history of the flow is stored in the session of each challenge. A session is used up before
// any function is called. So of several guesses at one challenge only one is verified, however long
// the function takes; and a function that fails ends the flow.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "domain/errors.h"
#include "domain/hooks/hook.h"
#include "domain/records/record.h"
#include "hook_model/answers.h"
#include "sign_in/steps/step.h"

namespace sallyport::sign_in {
namespace {

namespace json = boost::json;

constexpr std::string_view kCustomChallenge = "CUSTOM_CHALLENGE";
constexpr std::string_view kSrpA = "SRP_A";
constexpr std::string_view kPasswordVerifier = "PASSWORD_VERIFIER";
// AWS documents no limit. Without one, a function that never decides would let a flow continue for
// ever.
constexpr size_t kMostEntries = 32;
constexpr size_t kMostStateBytes = 32 * 1024;

// What is stored of a custom flow between two of its challenges.
struct State {
  json::array entries;  // event.request.session
  std::string srp_a;    // in a flow that begins with SRP, until the password is asked for
  // For the challenge that waits for its answer.
  json::object private_parameters;
  json::value metadata;
};

// The same, with members that may be missing.
struct KeptState {
  std::optional<json::array> entries;
  std::string srp_a;
  std::optional<json::object> private_parameters;
  json::value metadata;
};
constexpr auto kKeptState = domain::RecordOf<KeptState>(
    domain::Member("Entries", &KeptState::entries), domain::Member("SrpA", &KeptState::srp_a),
    domain::Member("Private", &KeptState::private_parameters),
    domain::Member("Metadata", &KeptState::metadata));

base::Result<json::object> Kept(const State& state) {
  json::object kept =
      kKeptState.Write({state.entries, state.srp_a, state.private_parameters, state.metadata});
  if (json::serialize(kept).size() > kMostStateBytes) {
    return domain::error::kHookAnswerUnrecognized.Because(
        "the challenges' parameters and metadata are too large");
  }
  return kept;
}

base::Result<State> ParseState(const json::object& members) {
  KeptState kept = kKeptState.Read(members);
  if (!kept.entries || !kept.private_parameters) {
    return base::InternalError("the record of a custom sign-in is incomplete");
  }
  return State{std::move(*kept.entries), std::move(kept.srp_a), std::move(*kept.private_parameters),
               std::move(kept.metadata)};
}

void AddEntry(State& state, std::string_view name, bool result, json::value metadata) {
  state.entries.push_back(json::object{{"challengeName", name},
                                       {"challengeResult", result},
                                       {"challengeMetadata", std::move(metadata)}});
}

using Texts = std::vector<std::pair<std::string, std::string>>;

// A map of strings in a function's answer. Numbers and booleans are converted to strings. Null or
// absent: empty.
base::Result<Texts> TextsOf(const domain::HookMember& member) {
  Texts texts;
  if (member.value == nullptr) return texts;
  const std::string name(member.name);
  if (!member.value->is_object())
    return domain::error::kHookAnswerUnrecognized.Because(name + " is not an object");
  for (const auto& [key, text] : member.value->get_object()) {
    if (text.is_structured()) {
      return domain::error::kHookAnswerUnrecognized.Because("a member of " + name +
                                                            " is not a string");
    }
    if (text.is_null()) continue;
    texts.emplace_back(key,
                       text.is_string() ? std::string(text.get_string()) : json::serialize(text));
  }
  return texts;
}

// What Define Auth Challenge has answered: what comes next.
struct ChallengeDefinition {
  bool fail = true;
  bool issue = false;
  std::string challenge;
};

// Runs from an answer, or the beginning, to what the functions want next.
class CustomFlow {
 public:
  // If the user does not exist, which is hidden from the client, the flow cannot end in tokens.
  // `metadata` is that of an answer; AWS passes none to these functions at the beginning.
  CustomFlow(const Attempt& attempt, Progress progress, State state, const json::object* metadata)
      : attempt_(attempt),
        progress_(std::move(progress)),
        state_(std::move(state)),
        metadata_(metadata) {}

  // Define Auth Challenge decides what follows from a wrong answer.
  base::Status TakeAnswer(std::string_view answer) {
    SALLYPORT_ASSIGN(const bool correct, Verify(answer));
    AddEntry(state_, kCustomChallenge, correct, std::exchange(state_.metadata, nullptr));
    state_.private_parameters.clear();
    if (correct) {
      progress_.factors.push_back({domain::kCustomFactor, attempt_.services.clock.WallSeconds()});
    }
    return {};
  }

  Judged<Verdict> Advance() && {
    SALLYPORT_ASSIGN(const ChallengeDefinition defined, Define());
    if (defined.fail) return Refuse(Reason::kWrongProof);
    if (defined.issue) {
      if (!progress_.user) return Refuse(Reason::kWrongProof);
      return Proved{std::move(progress_)};
    }
    if (state_.entries.size() >= kMostEntries) return Refuse(Reason::kWrongProof);
    if (defined.challenge == kPasswordVerifier) return AskPassword();
    if (defined.challenge == kCustomChallenge) return AskWhatIsCreated();
    return domain::error::kHookAnswerUnrecognized.Because("challengeName \"" + defined.challenge +
                                                          "\"");
  }

 private:
  base::Result<bool> Verify(std::string_view answer) {
    if (!domain::HookFunctionOf(*attempt_.pool, domain::Trigger::kVerifyAuthChallengeResponse)) {
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

  domain::HookCall EventOf(domain::Trigger trigger, std::string_view source) const {
    const auto& user = progress_.user;
    domain::HookCall event{.trigger = trigger,
                           .source = source,
                           .username = user ? std::string_view(user->username) : progress_.name,
                           .client_id = attempt_.client->id,
                           .user_agent = attempt_.context.user_agent};
    event.request["userAttributes"] = user ? domain::HookAttributes(*user) : json::object();
    if (metadata_ != nullptr && !metadata_->empty()) event.request["clientMetadata"] = *metadata_;
    if (attempt_.client->settings.prevent_user_existence_errors)
      event.request["userNotFound"] = !user;
    return event;
  }

  base::Result<json::object> Call(domain::HookCall event) const {
    return domain::CallHook(attempt_.services, *attempt_.pool, std::move(event));
  }

  Judged<ChallengeDefinition> Define() const {
    if (!domain::HookFunctionOf(*attempt_.pool, domain::Trigger::kDefineAuthChallenge)) {
      return Refuse(Reason::kNotOffered,
                    "the function was removed from the pool since the sign-in began");
    }
    domain::HookCall event =
        EventOf(domain::Trigger::kDefineAuthChallenge, "DefineAuthChallenge_Authentication");
    event.request["session"] = state_.entries;
    event.response = {
        {"challengeName", nullptr}, {"issueTokens", nullptr}, {"failAuthentication", nullptr}};
    SALLYPORT_ASSIGN(const json::object response, Call(std::move(event)));
    const domain::DefineAuthChallengeAnswer said(response);
    ChallengeDefinition defined;
    SALLYPORT_ASSIGN(defined.fail, domain::HookFlag(said.fail_authentication()));
    SALLYPORT_ASSIGN(defined.issue, domain::HookFlag(said.issue_tokens()));
    defined.challenge = domain::HookText(said.challenge_name());
    return defined;
  }

  Judged<Verdict> AskPassword() {
    std::string client_value = std::exchange(state_.srp_a, {});
    if (client_value.empty()) {
      return domain::error::kHookAnswerUnrecognized.Because(
          "PASSWORD_VERIFIER in a sign-in that has sent no SRP_A");
    }
    SALLYPORT_ASSIGN(progress_.state, Kept(state_));
    return AskPasswordFirst{std::move(client_value), std::move(progress_)};
  }

  // Calls Create Auth Challenge, and gives publicChallengeParameters.
  base::Result<Texts> Create() {
    if (!domain::HookFunctionOf(*attempt_.pool, domain::Trigger::kCreateAuthChallenge)) {
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
      return domain::error::kHookAnswerUnrecognized.Because("challengeMetadata is not a string");
    }
    state_.metadata = metadata == nullptr ? json::value() : *metadata;
    return TextsOf(said.public_challenge_parameters());
  }

  Judged<Verdict> AskWhatIsCreated() {
    SALLYPORT_ASSIGN(Texts parameters, Create());
    SALLYPORT_ASSIGN(progress_.state, Kept(state_));
    AskCustom asked{
        .session = {}, .user_id = progress_.user_id, .parameters = std::move(parameters)};
    return Ask{std::move(asked), std::move(progress_)};
  }

  const Attempt& attempt_;
  Progress progress_;
  State state_;
  const json::object* const metadata_;
};

// An app wants to know at once that a user is not confirmed yet. Where the client hides whether
// users exist, this is told only after the flow.
Judged<void> CheckMayBegin(const domain::Client& client, const domain::User& user) {
  if (client.settings.prevent_user_existence_errors) return {};
  if (!user.enabled) return Refuse(Reason::kDisabled);
  if (user.status == domain::kUnconfirmed) return Refuse(Reason::kNotConfirmed);
  return {};
}

}  // namespace

Judged<void> CheckHasFunctions(const Attempt& attempt, const BeginCustom&) {
  if (domain::HookFunctionOf(*attempt.pool, domain::Trigger::kDefineAuthChallenge)) return {};
  return Refuse(Reason::kNotOffered);
}

Judged<Verdict> BeginByFunctions(const Attempt& attempt, const BeginCustom& given,
                                 Progress progress) {
  if (progress.user) SALLYPORT_TRY(CheckMayBegin(*attempt.client, *progress.user));
  State state;
  if (given.client_value) {
    state.srp_a = *given.client_value;
    AddEntry(state, kSrpA, true, nullptr);
  }
  return CustomFlow(attempt, std::move(progress), std::move(state), nullptr).Advance();
}

Judged<Verdict> AnswerToFunctions(const Attempt& attempt, const AnswerCustom& given,
                                  Progress progress) {
  SALLYPORT_ASSIGN(State state, ParseState(progress.state));
  CustomFlow flow(attempt, std::move(progress), std::move(state), attempt.metadata);
  SALLYPORT_TRY(flow.TakeAnswer(given.answer));
  return std::move(flow).Advance();
}

Judged<Verdict> GoOnByFunctions(const Attempt& attempt, Progress progress) {
  SALLYPORT_ASSIGN(State state, ParseState(progress.state));
  AddEntry(state, kPasswordVerifier, true, nullptr);
  return CustomFlow(attempt, std::move(progress), std::move(state), attempt.metadata).Advance();
}

}  // namespace sallyport::sign_in
