// When a question is asked, and how long an answer counts: with real sockets.
#include "inquiry/inquirer.h"

#include <gmock/gmock.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

#include "local_service.h"

namespace sallyport::inquiry {
namespace {

constexpr char kActiveBody[] = R"({"Username":"alice"})";
constexpr char kRevokedBody[] = R"({"__type":"NotAuthorizedException"})";

Subject Alice(std::string token = "h.p.s") {
  Subject subject;
  subject.token = std::move(token);
  subject.username = "alice";
  return subject;
}

// Answers that are told on another thread.
class Ears {
 public:
  Inquirer::Tell Ear() {
    return [this](Answer answer) {
      const std::lock_guard lock(mutex_);
      heard_.push_back(answer);
      changed_.notify_all();
    };
  }
  std::vector<Answer> Await(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(10), [&] { return heard_.size() >= count; });
    return heard_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Answer> heard_;
};

class InquirerTest : public testing::Test {
 protected:
  InquirerTest()
      : service_([this](const std::string&) {
          return revoked_ ? LocalService::Answer{400, kRevokedBody}
                          : LocalService::Answer{status_, kActiveBody};
        }) {}

  void Make(Inquirer::Options options) {
    inquirer_ = std::make_unique<Inquirer>(MakeGetUser(service_.url()), options, clock_);
  }
  // Asks and waits for the answer.
  Answer Ask(const std::string& token = "h.p.s") {
    Ears ears;
    if (const auto known = inquirer_->Ask(Alice(token), ears.Ear())) return *known;
    const auto heard = ears.Await(1);
    return heard.empty() ? Answer::kNone : heard.front();
  }

  base::ManualClock clock_;
  std::atomic<bool> revoked_{false};
  std::atomic<int> status_{200};
  LocalService service_;
  std::unique_ptr<Inquirer> inquirer_;
};

TEST_F(InquirerTest, WithoutACacheEachRequestIsAskedAboutOnOneConnection) {
  Make({.calls_per_second = 1000});
  for (int i = 0; i < 10; ++i) EXPECT_EQ(Ask(), Answer::kActive);
  revoked_ = true;
  EXPECT_EQ(Ask(), Answer::kRefused);
  revoked_ = false;
  EXPECT_EQ(Ask(), Answer::kActive);
  EXPECT_EQ(service_.requests(), 12);
  EXPECT_EQ(service_.connections(), 1);
}

// The answer that is under way may have been made before the revocation that this request follows.
TEST_F(InquirerTest, ARequestIsNeverAnsweredByACallThatWasSentBeforeIt) {
  Make({.timeout_millis = 5000});
  service_.Shut();
  Ears first, later;
  ASSERT_EQ(inquirer_->Ask(Alice(), first.Ear()), std::nullopt);
  service_.AwaitRequests(1);  // its answer is made: "active"
  revoked_ = true;
  for (int i = 0; i < 20; ++i) ASSERT_EQ(inquirer_->Ask(Alice(), later.Ear()), std::nullopt);
  service_.Open();
  EXPECT_EQ(first.Await(1), std::vector{Answer::kActive});
  EXPECT_EQ(later.Await(20), std::vector(20, Answer::kRefused));
  EXPECT_EQ(service_.requests(), 2) << "all that came meanwhile share one call";
  EXPECT_EQ(inquirer_->counts().shared, 20u);
}

TEST_F(InquirerTest, DifferentTokensDoNotWaitForEachOther) {
  Make({.timeout_millis = 5000, .calls_per_second = 1000});
  service_.Shut();
  Ears ears;
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(inquirer_->Ask(Alice("h.p." + std::to_string(i)), ears.Ear()), std::nullopt);
  }
  service_.AwaitRequests(5);
  EXPECT_EQ(service_.requests(), 5);
  service_.Open();
  EXPECT_EQ(ears.Await(5), std::vector(5, Answer::kActive));
}

TEST_F(InquirerTest, AnAnswerThatAllowsCountsForItsTimeFromTheMomentOfAsking) {
  Make({.timeout_millis = 5000, .allow_millis = 1000});
  service_.Shut();
  Ears ears;
  ASSERT_EQ(inquirer_->Ask(Alice(), ears.Ear()), std::nullopt);
  service_.AwaitRequests(1);
  clock_.AdvanceMillis(400);  // the call takes so long
  service_.Open();
  ASSERT_EQ(ears.Await(1), std::vector{Answer::kActive});
  revoked_ = true;
  clock_.AdvanceMillis(599);
  EXPECT_EQ(Ask(), Answer::kActive) << "999 ms old";
  clock_.AdvanceMillis(1);
  EXPECT_EQ(Ask(), Answer::kRefused) << "1000 ms old";
  EXPECT_EQ(service_.requests(), 2);
}

TEST_F(InquirerTest, ALateRequestDoesNotUseAnAnswerThatIsOlderThanTheCacheAllows) {
  Make({.timeout_millis = 5000, .allow_millis = 1000});
  service_.Shut();
  Ears first, late;
  ASSERT_EQ(inquirer_->Ask(Alice(), first.Ear()), std::nullopt);
  service_.AwaitRequests(1);
  revoked_ = true;
  ASSERT_EQ(inquirer_->Ask(Alice(), late.Ear()), std::nullopt);
  clock_.AdvanceMillis(1000);
  service_.Open();
  EXPECT_EQ(first.Await(1), std::vector{Answer::kActive});
  EXPECT_EQ(late.Await(1), std::vector{Answer::kRefused});
}

TEST_F(InquirerTest, AnswersThatDenyCountForATimeOfTheirOwn) {
  Make({.allow_millis = 0, .deny_millis = 2000});
  revoked_ = true;
  EXPECT_EQ(Ask(), Answer::kRefused);
  revoked_ = false;
  clock_.AdvanceMillis(1999);
  EXPECT_EQ(Ask(), Answer::kRefused);
  clock_.AdvanceMillis(1);
  EXPECT_EQ(Ask(), Answer::kActive);
  EXPECT_EQ(Ask(), Answer::kActive);
  EXPECT_EQ(service_.requests(), 3) << "answers that allow are not kept";
}

TEST_F(InquirerTest, TheCacheKeepsWhatWasUsedLast) {
  Make({.allow_millis = 60'000, .cache_tokens = 2});
  Ask("a");
  Ask("b");
  Ask("a");
  Ask("c");  // in the place of b
  Ask("a");
  EXPECT_EQ(service_.requests(), 3);
  Ask("b");
  EXPECT_EQ(service_.requests(), 4);
}

TEST_F(InquirerTest, NoAnswerInTimeIsNone) {
  Make({.timeout_millis = 50});
  service_.Shut();
  EXPECT_EQ(Ask(), Answer::kNone);
  EXPECT_EQ(inquirer_->counts().timed_out, 1u);
  EXPECT_THAT(inquirer_->problem(), testing::Not(testing::IsEmpty()));
  service_.Open();
  EXPECT_EQ(Ask(), Answer::kActive);
  EXPECT_EQ(inquirer_->problem(), "");
}

TEST_F(InquirerTest, WhateverIsNotAnAnswerIsNoneAndIsNotKept) {
  Make({.allow_millis = 60'000, .deny_millis = 60'000});
  for (const int status : {201, 301, 403, 429, 500, 503}) {
    status_ = status;
    EXPECT_EQ(Ask(), Answer::kNone) << status;
  }
  status_ = 200;
  EXPECT_EQ(Ask(), Answer::kActive);
  EXPECT_EQ(inquirer_->counts().failed, 6u);
}

TEST_F(InquirerTest, NobodyListensIsNone) {
  inquirer_ =
      std::make_unique<Inquirer>(MakeGetUser("http://127.0.0.1:1"), Inquirer::Options(), clock_);
  EXPECT_EQ(Ask(), Answer::kNone);
}

TEST_F(InquirerTest, AnAnswerThatIsTooLongIsNone) {
  Make({.calls = {.greatest_answer = 10}});
  EXPECT_EQ(Ask(), Answer::kNone);
}

TEST_F(InquirerTest, NoMoreCallsAreSentThanTheCeilingAllows) {
  Make({.timeout_millis = 80, .calls_per_second = 20});  // nobody waits for 50 ms
  for (int i = 0; i < 50; ++i) Ask();
  EXPECT_EQ(inquirer_->counts().calls, 2u) << "a tenth of them at once";
  EXPECT_EQ(inquirer_->counts().over_ceiling, 48u);
  for (int i = 0; i < 100; ++i) {
    clock_.AdvanceMillis(10);
    Ask();
  }
  EXPECT_EQ(inquirer_->counts().calls, 22u) << "in one second";
  // On a busy machine one or the other is given up before it is sent.
  EXPECT_LE(service_.requests(), 22);
}

// One client that never stops asking, and others that ask now and then.
TEST_F(InquirerTest, WhoeverHasOneTokenCannotUseUpEverybodysCalls) {
  inquirer_ = std::make_unique<Inquirer>(
      MakeGetUser(service_.url()),
      Inquirer::Options{.timeout_millis = 5'000, .calls_per_second = 50}, base::SystemClock::Get());
  std::atomic<bool> stop{false};
  std::thread greedy([&] {
    while (!stop) Ask("greedy");
  });
  for (int i = 0; i < 20; ++i) EXPECT_EQ(Ask(std::to_string(i)), Answer::kActive) << i;
  stop = true;
  greedy.join();
  EXPECT_EQ(inquirer_->counts().over_ceiling, 0u);
}

TEST_F(InquirerTest, IfItIsToldToAllowWithoutAnAnswerARefusalIsStillRemembered) {
  Make({.timeout_millis = 50, .allow_without_answer = true});
  revoked_ = true;
  EXPECT_EQ(Ask("revoked"), Answer::kRefused);
  revoked_ = false;
  service_.Shut();
  EXPECT_EQ(Ask("other"), Answer::kActive);
  EXPECT_EQ(Ask("revoked"), Answer::kRefused);
  EXPECT_EQ(inquirer_->counts().failed_open, 1u);
}

TEST_F(InquirerTest, TellsHowOldTheAnswersWereByWhichRequestsWereAllowed) {
  Make({.allow_millis = 60'000});
  Ask();
  clock_.AdvanceMillis(700);
  Ask();
  clock_.AdvanceMillis(6'000);
  Ask();
  const Counts counts = inquirer_->counts();
  EXPECT_EQ(counts.calls, 1u);
  EXPECT_EQ(counts.cached_active, 2u);
  EXPECT_EQ(counts.age_sum_millis, 7'400);
  EXPECT_THAT(counts.ages, testing::ElementsAre(1, 0, 0, 1, 0, 1, 0, 0, 0, 0));
}

TEST_F(InquirerTest, ItsEndDoesNotWaitForAnswers) {
  Make({.timeout_millis = 60'000});
  service_.Shut();
  Ears ears;
  ASSERT_EQ(inquirer_->Ask(Alice(), ears.Ear()), std::nullopt);
  service_.AwaitRequests(1);
  const auto begin = std::chrono::steady_clock::now();
  inquirer_.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

}  // namespace
}  // namespace sallyport::inquiry
