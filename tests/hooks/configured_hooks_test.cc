#include "hooks/configured_hooks.h"

#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "hooks/https_transport.h"

namespace sallyport::hooks {
namespace {

using Kind = domain::HookOutcome::Kind;
using Steady = std::chrono::steady_clock;

constexpr const char* kArn = "arn:aws:lambda:eu-west-1:123456789012:function:greet";

// Ends each attempt as it is told.
class ScriptedTransport final : public HookTransport {
 public:
  explicit ScriptedTransport(std::deque<HookAttempt> attempts) : attempts_(std::move(attempts)) {}
  std::string_view name() const override { return "scripted"; }
  HookAttempt Call(const Function&, const std::string& event, int64_t) override {
    events.push_back(event);
    HookAttempt attempt = std::move(attempts_.front());
    attempts_.pop_front();
    return attempt;
  }
  void Stop() override {}
  std::vector<std::string> events;

 private:
  std::deque<HookAttempt> attempts_;
};

HookAttempt Answer() {
  return {{Kind::kAnswered, "{}", {}}, false};
}

bool Run(const std::function<void()>& wait) {
  wait();
  return true;
}

struct Scene {
  explicit Scene(std::deque<HookAttempt> attempts, const char* function = "greet")
      : transport(std::make_shared<ScriptedTransport>(std::move(attempts))),
        hooks({{HookRow{.function = function, .target = "x"}, transport}},
              {.timeout_millis = 100, .beside = Run, .observe = [this](auto...) { ++observed; }}) {}
  int observed = 0;
  std::shared_ptr<ScriptedTransport> transport;
  ConfiguredHooks hooks;
};

TEST(ConfiguredHooks, CallsAgainWhatFailedOnTheWayThreeTimesInAll) {
  Scene once({{NotCalled("ServiceException", ""), true}, Answer()});
  EXPECT_EQ(once.hooks.Run(kArn, "event").kind, Kind::kAnswered);
  EXPECT_EQ(once.transport->events, (std::vector<std::string>{"event", "event"}));
  Scene always({{TimedOut(""), true}, {TimedOut(""), true}, {TimedOut(""), true}, Answer()});
  EXPECT_EQ(always.hooks.Run(kArn, "event").kind, Kind::kTimedOut);
  EXPECT_EQ(always.transport->events.size(), 3u);
  EXPECT_EQ(always.observed, 1);
}

TEST(ConfiguredHooks, AnEventIsUndeliveredWhereNoAttemptMayHaveReachedTheFunction) {
  const HookAttempt refused{Undelivered(NotCalled("ServiceException", "")), true};
  const HookAttempt broken{NotCalled("ServiceException", ""), true};
  EXPECT_TRUE(Scene({refused, refused, refused}).hooks.Run(kArn, "event").undelivered);
  EXPECT_FALSE(Scene({broken, refused, refused}).hooks.Run(kArn, "event").undelivered);
  EXPECT_FALSE(Scene({refused, refused, broken}).hooks.Run(kArn, "event").undelivered);
  EXPECT_FALSE(Scene({refused, Answer()}).hooks.Run(kArn, "event").undelivered);
  EXPECT_TRUE(Scene({}, "other").hooks.Run(kArn, "event").undelivered);
}

TEST(ConfiguredHooks, NeverCallsAFunctionAgainThatRaisedAnError) {
  Scene scene({{Raised(R"({"errorMessage": "no"})", ""), false}, Answer()});
  const auto outcome = scene.hooks.Run(kArn, "event");
  EXPECT_EQ(outcome.kind, Kind::kRaised);
  EXPECT_EQ(outcome.text, "no");
  EXPECT_EQ(scene.transport->events.size(), 1u);
}

TEST(ConfiguredHooks, AFunctionThatNoRowNamesIsNotFound) {
  Scene scene({Answer()}, "other");
  const auto outcome = scene.hooks.Run(kArn, "event");
  EXPECT_EQ(outcome.kind, Kind::kNotCalled);
  EXPECT_EQ(outcome.text, "ResourceNotFoundException");
  EXPECT_TRUE(scene.transport->events.empty());
}

TEST(ConfiguredHooks, TooManyAtATimeAreRefused) {
  const auto transport = std::make_shared<ScriptedTransport>(std::deque<HookAttempt>{Answer()});
  ConfiguredHooks hooks(
      {{HookRow{.function = "*", .target = "x"}, transport}},
      {.beside = [](const std::function<void()>&) { return false; }, .observe = {}});
  const auto outcome = hooks.Run(kArn, "event");
  EXPECT_EQ(outcome.kind, Kind::kNotCalled);
  EXPECT_EQ(outcome.text, "TooManyRequestsException");
}

TEST(Outcome, AnErrorsMessageIsPassedOnAndKeptShort) {
  EXPECT_EQ(Raised(R"({"errorMessage": "no", "errorType": "Error"})", "").cause, "errorType Error");
  EXPECT_EQ(Raised("not JSON", "Unhandled").text, "Unhandled");
  EXPECT_EQ(Raised(R"({"errorMessage": 7})", "Unhandled").text, "Unhandled");
  std::string longest;
  while (longest.size() < 5000) longest += "\xC3\xA9";
  const std::string cut = Raised(R"({"errorMessage": "x)" + longest + "\"}", "").text;
  EXPECT_LE(cut.size(), 4096u);
  EXPECT_EQ(cut.size() % 2, 1u);  // "x" and whole characters
}

// Python: hmac.new(b"s3cret", b'1700000000.{"a":1}', "sha256").hexdigest()
TEST(HttpsTransport, SignsTimeAndBody) {
  EXPECT_EQ(HookSignature("s3cret", 1'700'000'000, R"({"a":1})"),
            "t=1700000000,v1=1698a50bc74d1ff1db85c4e0a5297c2ad9fdba245d5737cdb789e4cc6e098940");
}

}  // namespace
}  // namespace sallyport::hooks
