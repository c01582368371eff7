#include "lambda/handler.h"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "authorizer/sallyport.h"
#include "base/log.h"

namespace sallyport::lambda {
namespace {

using std::chrono::milliseconds;

// One environment decides on one request at a time.
constexpr uint32_t kCachedTokens = 256;

std::vector<sallyport_string> ViewsOf(const std::vector<std::string>& texts) {
  std::vector<sallyport_string> views;
  views.reserve(texts.size());
  for (const std::string& text : texts) views.push_back({text.data(), text.size()});
  return views;
}

// The options of a rule, and what they point to.
struct RuleOptions {
  explicit RuleOptions(const Settings& settings)
      : issuers(ViewsOf(settings.issuers)),
        clients(ViewsOf(settings.clients)),
        scopes(ViewsOf(settings.scopes)) {
    options.mode = SALLYPORT_MODE_LIVE;
    options.issuers = issuers.data();
    options.issuer_count = issuers.size();
    options.clients = clients.data();
    options.client_count = clients.size();
    options.scopes = scopes.data();
    options.scope_count = scopes.size();
    options.leeway_seconds = settings.leeway_seconds;
    options.style = settings.style;
  }
  RuleOptions(const RuleOptions&) = delete;
  RuleOptions& operator=(const RuleOptions&) = delete;

  std::vector<sallyport_string> issuers, clients, scopes;
  sallyport_rule_options options{};
};

std::string_view BearerOf(const std::string& header) {
  const sallyport_string token = sallyport_bearer(header.data(), header.size());
  return {token.data, token.size};
}

// Such a denial says that the gate does not know, and not that the token is bad.
bool IsBlind(sallyport_reason reason) {
  return reason == SALLYPORT_REASON_NO_LEASE || reason == SALLYPORT_REASON_REPLICA_UNUSABLE ||
         reason == SALLYPORT_REASON_NONE;
}

// What the bytes of the token say, together with a key that never changes under its name.
bool IsFinal(sallyport_reason reason) {
  return reason == SALLYPORT_REASON_MALFORMED || reason == SALLYPORT_REASON_BAD_SIGNATURE ||
         reason == SALLYPORT_REASON_WRONG_ISSUER || reason == SALLYPORT_REASON_WRONG_TOKEN_USE ||
         reason == SALLYPORT_REASON_WRONG_CLIENT;
}

base::Error Undecided(std::string_view why) {
  return {"authorizer_failure", "the authorizer cannot decide: " + std::string(why), ""};
}

// Ends the proof when the decision is made, whatever happens.
class OneDecision {
 public:
  explicit OneDecision(Prover& prover) : prover_(prover) {}
  ~OneDecision() { prover_.EndProof(); }
  OneDecision(const OneDecision&) = delete;
  OneDecision& operator=(const OneDecision&) = delete;

 private:
  Prover& prover_;
};

}  // namespace

base::Result<std::unique_ptr<Handler>> Handler::Open(Settings settings, const base::Clock& clock) {
  const RuleOptions rule(settings);
  if (const char* const why = authorizer::Rule::WhyInvalid(rule.options)) {
    return base::Error{base::code::kInvalidSetting, why, ""};
  }
  SALLYPORT_ASSIGN(auto prover, Prover::Open(settings.enrolment, settings.directory, clock));
  return std::unique_ptr<Handler>(new Handler(std::move(settings), clock, std::move(prover)));
}

Handler::Handler(Settings settings, const base::Clock& clock, std::unique_ptr<Prover> prover)
    : settings_(std::move(settings)),
      clock_(clock),
      rule_(RuleOptions(settings_).options),
      prover_(std::move(prover)) {}

Reply Handler::Handle(std::string_view text, milliseconds patience) {
  const auto event = ParseEvent(text, settings_.token_header);
  if (!event) {
    base::LogError("an event was not understood", {{"cause", event.error().message}});
    return Failure(event.error());
  }
  if (settings_.response == ResponseFormat::kSimple && event->payload != Payload::kRequest2) {
    base::LogError("simple responses are possible with payload format 2.0 only");
    return Failure(Undecided("SALLYPORT_RESPONSE=simple needs payload format 2.0"));
  }
  // Of several tokens nobody could say which one the backend would use.
  const bool several = event->tokens.size() > 1;
  const std::string_view token =
      event->tokens.size() == 1 ? BearerOf(event->tokens.front()) : std::string_view();
  if (!token.empty()) return Decide(*event, token, patience);
  authorizer::Decision none;
  none.reason = several ? SALLYPORT_REASON_MALFORMED : SALLYPORT_REASON_NO_TOKEN;
  base::LogInfo("denied", {{"reason", sallyport_reason_name(none.reason)}});
  return ReplyTo(settings_, *event, none);
}

Reply Handler::Decide(const Event& event, std::string_view token, milliseconds patience) {
  auto decision = RefuseAtOnce(token);
  if (!decision) {
    const OneDecision one(*prover_);
    const base::Status proved =
        prover_->Prove(std::min(patience, milliseconds(settings_.patience_millis)));
    if (!proved) {
      const base::Error& error = proved.error();
      base::LogError("nothing can be decided", {{"error", error.code}, {"cause", error.cause}});
      return Failure(Undecided(error.message));
    }
    decision = Authorize(token);
  }
  if (decision->verdict != SALLYPORT_ALLOW && IsBlind(decision->reason)) {
    base::LogError("nothing can be decided", {{"reason", sallyport_reason_name(decision->reason)},
                                              {"cause", gate_->problem()}});
    return Failure(Undecided(sallyport_reason_name(decision->reason)));
  }
  if (decision->verdict != SALLYPORT_ALLOW) {
    base::LogInfo("denied", {{"reason", sallyport_reason_name(decision->reason)}});
  }
  return ReplyTo(settings_, event, *decision);
}

std::optional<authorizer::Decision> Handler::RefuseAtOnce(std::string_view token) {
  if (!gate_) return std::nullopt;
  authorizer::Decision decision = Authorize(token);
  if (decision.verdict == SALLYPORT_ALLOW || !IsFinal(decision.reason)) return std::nullopt;
  return decision;
}

authorizer::Decision Handler::Authorize(std::string_view token) {
  if (!gate_) {
    gate_.emplace(authorizer::Gate::Options{.replica_path = settings_.directory + "/replica",
                                            .replica_owner = geteuid(),
                                            .cache_tokens = kCachedTokens},
                  clock_);
  }
  return gate_->Authorize(rule_, token);
}

}  // namespace sallyport::lambda
