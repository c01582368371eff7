// The Hub with other servers of the same store, of which a test says what their rows have.
#include "store/peers.h"

#include <mutex>

#include "../domain/full_store.h"
#include "hub_fixture.h"

namespace sallyport::feed {
namespace {

class FakePeers final : public store::Peers {
 public:
  store::PeersSeen Seen() const override {
    const std::lock_guard lock(mutex_);
    return seen_;
  }
  uint64_t AskForBeat() override {
    const std::lock_guard lock(mutex_);
    asked_ = true;
    return begun_ + 1;
  }
  void TakeOver() override {}
  void Hold(uint64_t position, bool settled) override {
    const std::lock_guard lock(mutex_);
    held_ = std::max(held_, position);
    settled_ = settled;
  }
  void OnBeat(std::function<void()> on_beat) override {
    const std::lock_guard lock(calling_);
    on_beat_ = std::move(on_beat);
  }

  // A beat is sent: what is asked from here on is answered by a later one.
  uint64_t Send() {
    const std::lock_guard lock(mutex_);
    return ++begun_;
  }
  // The beat of that number is confirmed, and `change` is what it has read.
  void Confirm(uint64_t beat, const std::function<void(store::PeersSeen&)>& change = {}) {
    {
      const std::lock_guard lock(mutex_);
      seen_.beat = beat;
      if (change) change(seen_);
    }
    const std::lock_guard lock(calling_);
    if (on_beat_) on_beat_();
  }
  void Beat(const std::function<void(store::PeersSeen&)>& change = {}) { Confirm(Send(), change); }
  bool TakeAsked() {
    const std::lock_guard lock(mutex_);
    return std::exchange(asked_, false);
  }
  uint64_t held() const {
    const std::lock_guard lock(mutex_);
    return held_;
  }
  bool settled() const {
    const std::lock_guard lock(mutex_);
    return settled_;
  }

 private:
  mutable std::mutex mutex_;
  store::PeersSeen seen_;
  uint64_t begun_ = 1;
  uint64_t held_ = 0;
  bool asked_ = false;
  bool settled_ = false;
  std::mutex calling_;
  std::function<void()> on_beat_;
};

class StoreWithPeers final : public domain::FullStore {
 public:
  StoreWithPeers(store::Store& store, FakePeers& peers) : FullStore(store), peers_(peers) {}
  store::Peers* peers() override { return &peers_; }

 private:
  FakePeers& peers_;
};

// Outlives the Hub.
struct PeersParts {
  FakePeers peers_;
  std::unique_ptr<StoreWithPeers> with_peers_;
};

class PeersTest : protected PeersParts, public HubTest {
 protected:
  PeersTest() {
    with_peers_ = std::make_unique<StoreWithPeers>(*store_, peers_);
    peers_.Confirm(1, [](store::PeersSeen& seen) {
      seen.registration = 1;
      seen.others_settled = true;
    });
    RestartHub();
    beats_ = std::thread([this] {
      while (!ending_) {
        if (beating_ && peers_.TakeAsked()) {
          peers_.Beat([this](auto& seen) { seen.head = store_->Head(); });
        }
        std::this_thread::sleep_for(1ms);
      }
    });
  }
  ~PeersTest() override {
    ending_ = true;
    beats_.join();
  }
  store::Store& hub_store() override {
    return with_peers_ ? static_cast<store::Store&>(*with_peers_) : *store_;
  }
  static std::function<void(store::PeersSeen&)> Others(uint64_t hold) {
    return [hold](store::PeersSeen& seen) { seen.others_hold = hold; };
  }
  // The epoch of the next lease.
  uint64_t EpochOf(Pipe& pipe, uint64_t nonce) {
    pipe.Send(Renew{nonce});
    const auto grant = pipe.ReceiveA<Grant>();
    return grant ? grant->epoch : 0;
  }

  // Whether beats are confirmed as they are asked for.
  std::atomic<bool> beating_{true};
  std::atomic<bool> ending_{false};
  std::thread beats_;
};

TEST_F(PeersTest, ALeaseIsGrantedOnlyByABeatThatWasSentAfterTheRequest) {
  auto pipe = Leased(kOne);
  beating_ = false;
  std::this_thread::sleep_for(5ms);
  const uint64_t before = peers_.Send();
  const uint64_t grants = GetStatus().counters.grants;
  pipe->Send(Renew{7});
  std::this_thread::sleep_for(20ms);
  peers_.Confirm(before);
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(GetStatus().counters.grants, grants) << "that one was sent before the request came";
  peers_.Beat();
  const auto grant = pipe->ReceiveA<Grant>();
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->nonce, 7u);
}

TEST_F(PeersTest, ARevokeIsAnsweredWhenEveryOtherServerHasReleasedIt) {
  const uint64_t head = Append("f");
  peers_.Beat(Others(head - 1));
  auto answer = Await(head);
  EXPECT_TRUE(Waits(answer));
  peers_.Beat(Others(head));
  EXPECT_TRUE(answer.get());
  EXPECT_EQ(peers_.held(), head) << "and they know how far this one is";
}

TEST_F(PeersTest, WhatABeatReadBeforeTheHeadWasKnownCountsForNothing) {
  beating_ = false;
  std::this_thread::sleep_for(5ms);
  const uint64_t before = peers_.Send();
  auto answer = Await(Append("f"));
  peers_.Confirm(before, Others(store::kNobodyHolds));
  EXPECT_TRUE(Waits(answer)) << "a server may have come since, which holds it back";
  peers_.Beat(Others(store::kNobodyHolds));
  EXPECT_TRUE(answer.get());
}

TEST_F(PeersTest, WhatItsOwnAgentsHaveNotAppliedIsHeldBackForTheOthers) {
  auto pipe = Leased(kOne);
  const uint64_t before = store_->Head().sequence;
  const uint64_t head = Append("f");
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(peers_.held(), before);
  ASSERT_TRUE(pipe->ReceiveA<Entries>());
  pipe->Send(Ack{head});
  for (int i = 0; i < 1000 && peers_.held() < head; ++i) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(peers_.held(), head);
  EXPECT_TRUE(peers_.settled());
}

TEST_F(PeersTest, AfterAStartItsOwnAnswersWaitForOlderLeasesAndTheOthersDoNotWaitForIt) {
  peers_.Beat([](store::PeersSeen& seen) { seen.others_settled = false; });
  const auto begun = std::chrono::steady_clock::now();
  RestartHub();
  const uint64_t head = Append("f");
  auto answer = Await(head);
  for (int i = 0; i < 1000 && peers_.held() < head; ++i) std::this_thread::sleep_for(1ms);
  EXPECT_EQ(peers_.held(), head);
  EXPECT_FALSE(peers_.settled());
  EXPECT_TRUE(Waits(answer, 100ms));
  EXPECT_TRUE(answer.get());
  EXPECT_GE(std::chrono::steady_clock::now() - begun, kLease);
  EXPECT_TRUE(peers_.settled());
  // Where another server was there all the while, nothing older can be valid.
  peers_.Beat([](store::PeersSeen& seen) { seen.others_settled = true; });
  RestartHub();
  const auto again = std::chrono::steady_clock::now();
  EXPECT_TRUE(Await(Append("g")).get());
  EXPECT_LT(std::chrono::steady_clock::now() - again, kLease);
}

TEST_F(PeersTest, AServerThatWasTakenForDeadGoesOnWithNewEpochs) {
  auto pipe = Leased(kOne);
  const uint64_t epoch = EpochOf(*pipe, 2);
  ASSERT_NE(epoch, 0u);
  EXPECT_EQ(EpochOf(*pipe, 3), epoch);
  peers_.Beat([](store::PeersSeen& seen) { ++seen.registration; });
  const uint64_t next = EpochOf(*pipe, 4);
  EXPECT_NE(next, 0u);
  EXPECT_NE(next, epoch);
}

TEST_F(PeersTest,
       AnAgentWhoseKeyWasWithdrawnElsewhereIsDismissedBeforeTheBeatThatSaysSoGrantsAnything) {
  auto pipe = Leased(kOne);
  withdrawn_ = true;
  beating_ = false;
  std::this_thread::sleep_for(5ms);
  pipe->Send(Renew{2});
  std::this_thread::sleep_for(20ms);
  peers_.Beat([](store::PeersSeen& seen) { ++seen.withdrawals; });
  while (auto frame = pipe->Receive()) {
    ASSERT_FALSE(std::holds_alternative<Grant>(*frame));
    if (const auto* goodbye = std::get_if<Goodbye>(&*frame)) {
      EXPECT_THAT(goodbye->reason, HasSubstr("withdrawn"));
      return;
    }
  }
  ADD_FAILURE() << "no goodbye";
}

TEST_F(PeersTest, AServerThatStopsGrantsNothingAndHoldsNothingBackWhenItsLastLeaseHasEnded) {
  auto pipe = Leased(kOne);
  auto retired = asio::co_spawn(context_, hub_->Retire(), asio::use_future);
  std::this_thread::sleep_for(50ms);  // it has begun
  pipe->Send(Renew{2});
  const auto refused = pipe->ReceiveA<NoGrant>();
  ASSERT_TRUE(refused);
  EXPECT_THAT(refused->reason, HasSubstr("stopping"));
  EXPECT_EQ(retired.wait_for(100ms), std::future_status::timeout) << "a lease is valid yet";
  const uint64_t head = Append("f");
  ASSERT_TRUE(pipe->ReceiveA<Entries>()) << "it goes on telling";
  pipe->Send(Ack{head});
  EXPECT_TRUE(Await(head).get());
  EXPECT_EQ(retired.wait_for(2s), std::future_status::ready);
  EXPECT_EQ(peers_.held(), store::kNothingHeld);
}

TEST_F(PeersTest, AHelloIsJudgedByAReadingThatBeganAfterIt) {
  beating_ = false;
  std::this_thread::sleep_for(5ms);
  auto pipe = Greet(kOne);
  std::this_thread::sleep_for(30ms);
  Append("f");
  EXPECT_EQ(GetStatus().counters.snapshots, 0u);
  beating_ = true;
  EXPECT_EQ(TakeSnapshot(*pipe).position, store_->Head());
}

}  // namespace
}  // namespace sallyport::feed
