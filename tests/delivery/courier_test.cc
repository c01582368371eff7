#include "delivery/courier.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <stdexcept>
#include <thread>

#include "base/log.h"
#include "base/random.h"
#include "delivery/sms.h"
#include "delivery/smtp.h"
#include "store/sqlite/sqlite_store.h"

namespace sallyport::delivery {
namespace {

using Kind = Outcome::Kind;

// Answers as told, and counts what it was given.
class ScriptedTransport final : public Transport {
 public:
  Outcome Send(const domain::Message& message) override {
    const std::lock_guard lock(mutex);
    ++sent[message.destination];
    return next;
  }
  std::mutex mutex;
  Outcome next;
  std::map<std::string, int> sent;
};

class CourierTest : public testing::Test {
 protected:
  CourierTest() {
    std::string path = (std::filesystem::temp_directory_path() / "sallyport-test-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) std::abort();
    directory_ = path;
    base::SetLogLevel("error");
    Open();
  }
  ~CourierTest() override {
    courier_.reset();
    time_.reset();
    store_.reset();
    std::filesystem::remove_all(directory_);
  }
  void Open() {
    courier_.reset();
    time_.reset();
    store_.reset();
    store_ = store::OpenSqlite(directory_ + "/data").value();
    time_ = store::ServerTime::Open(*store_, clock_).value();
    auto mail = std::make_unique<ScriptedTransport>();
    mail_ = mail.get();
    courier_ = std::make_unique<Courier>(
        *store_, vault_, *time_, ceilings_, watch_,
        Transports{.email = std::move(mail), .sms = nullptr, .functions = nullptr});
  }
  void Queue(std::string destination, domain::Medium medium = domain::Medium::kEmail,
             bool by_anybody = false) {
    domain::Message message;
    message.id = base::RandomUuid();
    message.medium = medium;
    message.destination = std::move(destination);
    message.body = "Your code is 123456";
    message.code = "123456";
    message.by_anybody = by_anybody;
    message.serves_until_millis = time_->watched().millis() + 3'600'000;
    message.created_millis = clock_.WallMillis();
    message.since_millis = message.due_millis = time_->watched().millis();
    ASSERT_TRUE(store_->Update([&](store::Tx& tx) { return PutMessage(tx, vault_, message); })
                    .value()
                    .outcome);
  }
  std::vector<domain::Message> Listed() {
    return domain::ListMessages(*store_, vault_, 1000).value();
  }
  bool Deliver() { return courier_->DeliverOne().value(); }

  std::string directory_;
  base::ManualClock clock_;
  const domain::Vault vault_{std::array<uint8_t, 32>{}};
  std::unique_ptr<store::Store> store_;
  domain::Ceilings ceilings_;
  domain::CeilingWatch watch_;
  std::unique_ptr<store::ServerTime> time_;
  ScriptedTransport* mail_ = nullptr;
  std::unique_ptr<Courier> courier_;
};

TEST_F(CourierTest, WhatTheServiceTookIsGone) {
  Queue("ada@example.com");
  EXPECT_TRUE(Deliver());
  EXPECT_FALSE(Deliver());
  EXPECT_EQ(mail_->sent["ada@example.com"], 1);
  EXPECT_TRUE(Listed().empty());
}

TEST_F(CourierTest, WhatCannotBeSentNowIsTriedAgainLaterAlsoAfterARestart) {
  Queue("ada@example.com");
  mail_->next = {Kind::kLater, "busy"};
  EXPECT_TRUE(Deliver());
  EXPECT_FALSE(Deliver()) << "not before its pause is over";
  Open();
  clock_.AdvanceMillis(PauseMillis(1));
  EXPECT_TRUE(Deliver());
  EXPECT_EQ(mail_->sent["ada@example.com"], 1);
  EXPECT_TRUE(Listed().empty());
}

TEST_F(CourierTest, AttemptsEndAndTheMessageIsHeldWithTheReason) {
  Queue("ada@example.com");
  mail_->next = {Kind::kLater, "busy"};
  for (int attempt = 1; attempt <= kMostAttempts; ++attempt) {
    EXPECT_TRUE(Deliver());
    clock_.AdvanceMillis(PauseMillis(attempt));
  }
  EXPECT_FALSE(Deliver());
  ASSERT_EQ(Listed().size(), 1);
  EXPECT_TRUE(Listed()[0].held);
  EXPECT_EQ(Listed()[0].last_error, "busy");
}

TEST_F(CourierTest, ARefusedMessageIsNotTriedAgain) {
  Queue("nobody@example.com");
  mail_->next = {Kind::kRefused, "no such mailbox"};
  EXPECT_TRUE(Deliver());
  clock_.AdvanceMillis(86'400'000);
  EXPECT_FALSE(Deliver());
  EXPECT_TRUE(Listed()[0].held);
}

TEST_F(CourierTest, WithoutATransportMessagesAreHeldNewestFirstAndDeletedAfterAWeek) {
  Queue("+15550100", domain::Medium::kSms);
  clock_.AdvanceMillis(1000);
  Queue("+15550101", domain::Medium::kSms);
  while (Deliver()) {
  }
  const auto listed = Listed();
  ASSERT_EQ(listed.size(), 2);
  EXPECT_EQ(listed[0].destination, "+15550101");
  EXPECT_EQ(listed[0].code, "123456");
  clock_.AdvanceMillis(kHeldMillis - 500);
  EXPECT_TRUE(courier_->DeleteOld());
  ASSERT_EQ(Listed().size(), 1);
  EXPECT_EQ(Listed()[0].destination, "+15550101");
}

TEST_F(CourierTest, WhatAServiceRefusedGivesWayAndWhereThereIsNoneACodeThatServesDoesNot) {
  constexpr size_t kMessages = 100;
  ceilings_[domain::Leftover::kHeldMessages] = 32 * domain::kKib;
  const auto held_bytes = [&] {
    return domain::UseOf(*store_, domain::Leftover::kHeldMessages)->bytes;
  };
  mail_->next = {Kind::kRefused, "no such mailbox"};
  for (size_t i = 0; i < kMessages; ++i) {
    Queue("nobody@example.com", domain::Medium::kEmail, true);
    EXPECT_TRUE(Deliver());
    EXPECT_LE(held_bytes(), 18 * domain::kKib) << "half, and the last";
  }
  EXPECT_LT(Listed().size(), kMessages);
  EXPECT_EQ(watch_.times(domain::Leftover::kHeldMessages), kMessages - Listed().size());
  for (size_t i = 0; i < kMessages; ++i) Queue("+15550100", domain::Medium::kSms, true);
  while (Deliver()) {
  }
  EXPECT_EQ(Listed().size(), kMessages)
      << "all that serve, in the place of those that were refused";
  EXPECT_GT(held_bytes(), ceilings_[domain::Leftover::kHeldMessages]);
  // There is room again as soon as the messages are no longer of use; each is deleted in its own
  // commit.
  clock_.AdvanceMillis(3'600'001);
  for (size_t i = 0; i < kMessages / 8; ++i) Queue("+15550101", domain::Medium::kSms, true);
  while (Deliver()) {
  }
  EXPECT_LE(held_bytes(), 18 * domain::kKib);
}

TEST_F(CourierTest, AWallClockThatIsAheadForAWhileNeitherDeletesNorDelaysAMessage) {
  constexpr int64_t kAhead = int64_t{40} * 86'400'000;
  Queue("+15550100", domain::Medium::kSms);
  EXPECT_TRUE(Deliver()) << "held: there is no transport";
  clock_.StepWallMillis(kAhead);
  EXPECT_TRUE(courier_->DeleteOld());
  EXPECT_EQ(Listed().size(), 1U);
  Queue("ada@example.com");
  clock_.StepWallMillis(-kAhead);
  EXPECT_TRUE(Deliver()) << "queued while it was ahead";
  EXPECT_EQ(Listed().size(), 1U);
  clock_.AdvanceMillis(kHeldMillis + 1);
  EXPECT_TRUE(courier_->DeleteOld());
  EXPECT_TRUE(Listed().empty());
}

TEST_F(CourierTest, AMessageIsFoundByItsDestinationAmongManyNewerOnes) {
  Queue("ada@example.com");
  for (int i = 0; i < 30; ++i) {
    clock_.AdvanceMillis(1);
    Queue("+15550100", domain::Medium::kSms);
  }
  while (Deliver()) {
  }
  mail_->next = {Kind::kRefused, "no"};
  Queue("bob@example.com");
  EXPECT_TRUE(Deliver());
  EXPECT_EQ(domain::ListMessages(*store_, vault_, 10).value().size(), 10U);
  EXPECT_TRUE(domain::ListMessages(*store_, vault_, 10, "nobody").value().empty());
  EXPECT_EQ(domain::ListMessages(*store_, vault_, 10, "bob@example.com").value().size(), 1U);
  EXPECT_EQ(domain::ListMessages(*store_, vault_, 10, "+15550100").value().size(), 10U);
  EXPECT_EQ(domain::ListMessages(*store_, vault_, 40, "+15550100").value().size(), 30U);
}

TEST_F(CourierTest, ManyThreadsSendEachMessageOnce) {
  constexpr int kMessages = 200;
  for (int i = 0; i < kMessages; ++i) Queue("user" + std::to_string(i) + "@example.com");
  courier_->Start(4);
  while (!Listed().empty()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const std::lock_guard lock(mail_->mutex);
  EXPECT_EQ(mail_->sent.size(), kMessages);
  for (const auto& [destination, times] : mail_->sent) EXPECT_EQ(times, 1) << destination;
}

// Throws once, then accepts what it is given.
class ThrowingTransport final : public Transport {
 public:
  Outcome Send(const domain::Message&) override {
    if (!thrown.exchange(true)) throw std::runtime_error("out of everything");
    return {};
  }
  std::atomic<bool> thrown = false;
};

TEST_F(CourierTest, WhatIsThrownEndsNoThreadAndTheMessageIsTriedAgain) {
  Queue("ada@example.com");
  {
    Courier courier(
        *store_, vault_, *time_, ceilings_, watch_,
        {.email = std::make_unique<ThrowingTransport>(), .sms = nullptr, .functions = nullptr});
    EXPECT_THROW(courier.DeliverOne().ok(), std::runtime_error);
    EXPECT_TRUE(courier.DeliverOne().value()) << "nobody else has it";
  }
  EXPECT_TRUE(Listed().empty());
  Queue("ada@example.com");
  auto transport = std::make_unique<ThrowingTransport>();
  const ThrowingTransport& throwing = *transport;
  Courier courier(*store_, vault_, *time_, ceilings_, watch_,
                  {.email = std::move(transport), .sms = nullptr, .functions = nullptr});
  courier.Start(1);
  while (!throwing.thrown) std::this_thread::sleep_for(std::chrono::milliseconds(5));
}

// A service that accepts the connection and then says nothing.
class SilentService {
 public:
  SilentService() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    if (bind(listener_, any, size) != 0 || listen(listener_, 8) != 0 ||
        getsockname(listener_, any, &size) != 0) {
      std::abort();
    }
    port_ = ntohs(address.sin_port);
  }
  ~SilentService() {
    for (const int caller : callers_) close(caller);
    close(listener_);
  }
  SilentService(const SilentService&) = delete;
  SilentService& operator=(const SilentService&) = delete;

  // Until somebody waits for an answer.
  void AwaitCaller() const {
    const int caller = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (caller < 0) std::abort();
    callers_.push_back(caller);  // held open
  }
  std::string Url(const std::string& scheme) const {
    return scheme + "://127.0.0.1:" + std::to_string(port_);
  }

 private:
  int listener_;
  uint16_t port_ = 0;
  mutable std::vector<int> callers_;
};

TEST_F(CourierTest, AStopDoesNotWaitForASilentService) {
  const SilentService service;
  Queue("ada@example.com");
  Queue("+15550100", domain::Medium::kSms);
  const auto begin = std::chrono::steady_clock::now();
  {
    Transports transports;
    SmtpOptions smtp;
    smtp.url = service.Url("smtp");
    smtp.tls = false;
    smtp.from = "a@example.com";
    SmsOptions sms;
    sms.url = service.Url("http");
    transports.email = MakeSmtp(std::move(smtp), clock_);
    transports.sms = MakeSms(std::move(sms));
    Courier courier(*store_, vault_, *time_, ceilings_, watch_, std::move(transports));
    courier.Start(2);
    service.AwaitCaller();
    service.AwaitCaller();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
  ASSERT_EQ(Listed().size(), 2);
  for (const domain::Message& message : Listed()) {
    EXPECT_EQ(message.attempts, 0) << "what the stop cut short was no attempt";
    EXPECT_FALSE(message.held);
  }
}

TEST_F(CourierTest, TheStoreHoldsNoCodeInTheClear) {
  Queue("ada@example.com");
  const auto items = store_->List(domain::kMessagesDue, "", std::nullopt, 10).value();
  ASSERT_EQ(items.size(), 1);
  EXPECT_EQ(items[0].value.find("123456"), std::string::npos);
}

}  // namespace
}  // namespace sallyport::delivery
