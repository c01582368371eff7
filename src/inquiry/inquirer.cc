#include "inquiry/inquirer.h"

#include <openssl/sha.h>

#include <algorithm>
#include <utility>

#include "base/log.h"

#ifdef SALLYPORT_TEST_FAULTS
#include "base/test_fault.h"
#endif

namespace sallyport::inquiry {
namespace {

constexpr int64_t kNanosPerSecond = 1'000'000'000;
// How much of a second's calls may be sent at once.
constexpr int64_t kBurstNanos = kNanosPerSecond / 10;
// How often the log repeats that there are no answers.
constexpr int64_t kLogAgainNanos = 10 * kNanosPerSecond;

std::array<uint8_t, 32> KeyOf(const std::string& token) {
  std::array<uint8_t, 32> key{};
  SHA256(reinterpret_cast<const uint8_t*>(token.data()), token.size(), key.data());
  return key;
}

}  // namespace

Inquirer::Inquirer(std::unique_ptr<const Service> service, Options options,
                   const base::Clock& clock)
    : service_(std::move(service)),
      options_(std::move(options)),
      clock_(clock),
      calls_(std::make_unique<outgoing::Calls>(options_.calls)) {}

Inquirer::~Inquirer() {
  calls_.reset();
}

Counts Inquirer::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::string Inquirer::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_;
}

std::optional<Answer> Inquirer::Ask(Subject subject, Tell tell) {
  const Key key = KeyOf(subject.token);
  const std::lock_guard lock(mutex_);
  if (const auto cached = FromCache(key)) return cached;
  const auto under_way = flights_.find(key);
  if (under_way != flights_.end()) {
    under_way->second.late.push_back(std::move(tell));
    ++counts_.shared;
    return std::nullopt;
  }
  Flight& flight = flights_[key];
  flight.subject = std::move(subject);
  if (const auto known = Send(key, flight)) {
    flights_.erase(key);
    if (*known == Answer::kActive) ++counts_.failed_open;
    return known;
  }
  flight.waiting.push_back(std::move(tell));
  return std::nullopt;
}

// ---- Calls

// With a call each `interval`, the next one would be due at next_call_at_; it may come early by
// kBurstNanos.
std::optional<int64_t> Inquirer::TurnMillis() {
  const int64_t now = clock_.BootNanos();
  const int64_t interval = kNanosPerSecond / std::max<int64_t>(options_.calls_per_second, 1);
  next_call_at_ = std::max(next_call_at_, now - std::max(kBurstNanos, interval) + interval);
  const int64_t wait = std::max<int64_t>(0, next_call_at_ - now);
  if (wait > options_.timeout_millis * base::kNanosPerMilli / 2) return std::nullopt;
  next_call_at_ += interval;
  return (wait + base::kNanosPerMilli - 1) / base::kNanosPerMilli;
}

std::optional<Answer> Inquirer::Send(const Key& key, Flight& flight) {
  auto call = service_->Ask(flight.subject);
  if (!call) return Answer::kRefused;
  const auto turn = TurnMillis();
  if (!turn) {
    ++counts_.over_ceiling;
    NoteProblem("the ceiling on calls a second was reached");
    return WithoutAnswer(key);
  }
  ++counts_.calls;
  call->millis = options_.timeout_millis;
  call->wait_millis = *turn;
  flight.sent_at = clock_.BootNanos();
  calls_->Start(std::move(*call),
                [this, key](const outgoing::Reply& reply) { Finish(key, reply); });
  return std::nullopt;
}

void Inquirer::Finish(const Key& key, const outgoing::Reply& reply) {
  Told told;
  {
    const std::lock_guard lock(mutex_);
    const auto found = flights_.find(key);
    Flight& flight = found->second;
    const Said said = Understand(flight.subject, reply);
    if (said.answer == Answer::kNone) {
      NoteProblem(said.cause);
    } else {
      problem_.clear();
      Remember(key, said.answer, flight.sent_at);
    }
    Answer answer = said.answer;
    std::optional<int64_t> sent_at = flight.sent_at;
    if (said.answer == Answer::kNone) {
      answer = WithoutAnswer(key);
      sent_at.reset();
    }
    TellAll(std::move(flight.waiting), answer, sent_at, told);
    // Those that came later than the question was sent may use an answer that allows only if it
    // is young enough; otherwise there is another call for all of them.
    bool old = clock_.BootNanos() - flight.sent_at >= options_.allow_millis * base::kNanosPerMilli;
#ifdef SALLYPORT_TEST_FAULTS
    // They use an answer that may have been made before they came.
    if (base::TestFault("shares-answers")) old = false;
#endif
    std::vector<Tell> late = std::move(flight.late);
    flight.waiting.clear();
    flight.late.clear();
    if (late.empty()) {
      flights_.erase(found);
    } else if (said.answer != Answer::kActive || !old) {
      TellAll(std::move(late), answer, sent_at, told);
      flights_.erase(found);
    } else if (const auto known = Send(key, flight)) {
      TellAll(std::move(late), *known, std::nullopt, told);
      flights_.erase(found);
    } else {
      flight.waiting = std::move(late);
    }
  }
  for (auto& [tell, answer] : told) tell(answer);
}

Said Inquirer::Understand(const Subject& subject, const outgoing::Reply& reply) {
  Said said;
  if (reply.failure == outgoing::Reply::Failure::kNone) {
    said = service_->Read(subject, reply.status, reply.body);
  } else {
    said.cause = reply.cause;
  }
  if (said.answer == Answer::kActive) ++counts_.active;
  if (said.answer == Answer::kRefused) ++counts_.refused;
  if (said.answer == Answer::kNone) {
    ++(reply.failure == outgoing::Reply::Failure::kTimedOut ? counts_.timed_out : counts_.failed);
  }
  return said;
}

void Inquirer::TellAll(std::vector<Tell> tells, Answer answer, std::optional<int64_t> sent_at,
                       Told& told) {
  for (Tell& tell : tells) {
    if (answer == Answer::kActive && sent_at) CountAllowed(*sent_at);
    if (answer == Answer::kActive && !sent_at) ++counts_.failed_open;
    told.emplace_back(std::move(tell), answer);
  }
}

// ---- Answers

std::optional<Answer> Inquirer::FromCache(const Key& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return std::nullopt;
  const Known& known = *found->second;
  const bool active = known.answer == Answer::kActive;
  int64_t counts_for = active ? options_.allow_millis : options_.deny_millis;
#ifdef SALLYPORT_TEST_FAULTS
  // An answer counts for longer than its rule says.
  if (base::TestFault("keeps-answers")) counts_for *= 5;
#endif
  if (clock_.BootNanos() - known.sent_at >= counts_for * base::kNanosPerMilli) return std::nullopt;
  known_.splice(known_.begin(), known_, found->second);
  ++(active ? counts_.cached_active : counts_.cached_refused);
  if (active) CountAllowed(known.sent_at);
  return known.answer;
}

// An answer that denies is kept as long as there is room, for WithoutAnswer.
void Inquirer::Remember(const Key& key, Answer answer, int64_t sent_at) {
  const auto found = by_key_.find(key);
  if (found != by_key_.end()) {
    known_.erase(found->second);
    by_key_.erase(found);
  }
  const bool used = answer == Answer::kActive
                        ? options_.allow_millis > 0
                        : options_.deny_millis > 0 || options_.allow_without_answer;
  if (!used || options_.cache_tokens == 0) return;
  if (known_.size() >= options_.cache_tokens) {
    by_key_.erase(known_.back().key);
    known_.pop_back();
  }
  known_.push_front({key, answer, sent_at});
  by_key_[key] = known_.begin();
}

Answer Inquirer::WithoutAnswer(const Key& key) const {
  if (!options_.allow_without_answer) return Answer::kNone;
  const auto found = by_key_.find(key);
  if (found != by_key_.end() && found->second->answer == Answer::kRefused) return Answer::kRefused;
  return Answer::kActive;
}

void Inquirer::CountAllowed(int64_t sent_at) {
  const int64_t age = (clock_.BootNanos() - sent_at) / base::kNanosPerMilli;
  const auto& limits = Counts::kAgeLimitMillis;
  const auto limit = std::lower_bound(limits.begin(), limits.end(), age);
  ++counts_.ages[static_cast<size_t>(limit - limits.begin())];
  counts_.age_sum_millis += age;
}

void Inquirer::NoteProblem(std::string cause) {
  const int64_t now = clock_.BootNanos();
  if (!logged_at_ || now - *logged_at_ >= kLogAgainNanos) {
    base::LogError("no answer about a token", {{"cause", cause}});
    logged_at_ = now;
  }
  problem_ = std::move(cause);
}

}  // namespace sallyport::inquiry
