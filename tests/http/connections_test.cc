#include "http/connections.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <optional>
#include <vector>

namespace sallyport::http {
namespace {

// A connection with both of its ends.
class Peers {
 public:
  explicit Peers(Connections& all) {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()), 0);
    entry.emplace(all, ends_[0]);
  }
  ~Peers() {
    entry.reset();
    ::close(ends_[0]);
    ::close(ends_[1]);
  }
  // Whether the client sees the end.
  bool cut() const {
    char byte = 0;
    return ::recv(ends_[1], &byte, 1, MSG_DONTWAIT) == 0;
  }

  std::optional<Connections::Entry> entry;

 private:
  std::array<int, 2> ends_{};
};

class ConnectionsTest : public ::testing::Test {
 protected:
  Peers& Add() { return *peers_.emplace_back(std::make_unique<Peers>(all_)); }

  base::ManualClock clock_;
  http1::RequestMemory memory_{1000};
  Connections all_{clock_, 3, memory_};
  std::vector<std::unique_ptr<Peers>> peers_;
};

TEST_F(ConnectionsTest, AreAdmittedUpToTheLimitWithoutAnybodyGivingWay) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(all_.Admit());
    Add().entry->AwaitClient(10);
  }
  for (const auto& peers : peers_) EXPECT_FALSE(peers->cut());
}

TEST_F(ConnectionsTest, GiveWayInTheOrderInWhichTheirClientsWereWaitedFor) {
  for (int i = 0; i < 3; ++i) {
    Add().entry->AwaitClient(10);
    clock_.AdvanceMillis(1);
  }
  peers_[0]->entry->AwaitClient(10);  // its turn begins again
  EXPECT_TRUE(all_.Admit());
  EXPECT_TRUE(peers_[1]->cut());
  EXPECT_FALSE(peers_[0]->cut());
  EXPECT_FALSE(peers_[2]->cut());
  // The one that was cut is on its way out, and the new one takes its place.
  Add().entry->AwaitClient(10);
  clock_.AdvanceMillis(1);
  EXPECT_TRUE(all_.Admit());
  EXPECT_TRUE(peers_[2]->cut());
  EXPECT_FALSE(peers_[0]->cut());
}

TEST_F(ConnectionsTest, WhoseRequestsAreUnderWayAreNeverCut) {
  for (int i = 0; i < 3; ++i) Add().entry->ClearDeadline();
  clock_.AdvanceMillis(1'000'000);
  all_.Sweep();
  EXPECT_FALSE(all_.Admit());
  for (const auto& peers : peers_) EXPECT_FALSE(peers->cut());
  peers_[1]->entry->AwaitClient(10);
  EXPECT_TRUE(all_.Admit());
  EXPECT_TRUE(peers_[1]->cut());
}

TEST_F(ConnectionsTest, ThatDoNotGoInTimeKeepFurtherOnesOut) {
  size_t admitted = 0;
  while (all_.Admit() && admitted < 100) {
    Add().entry->AwaitClient(10);
    ++admitted;
  }
  EXPECT_EQ(admitted, 3 + Connections::Leaving(3));
  peers_.erase(peers_.begin());
  EXPECT_TRUE(all_.Admit());
}

TEST_F(ConnectionsTest, ThatHoldMemoryForLongGiveWayToFreeIt) {
  Peers& small = Add();
  Peers& slow = Add();
  Peers& quick = Add();
  small.entry->AwaitClient(30);
  slow.entry->AwaitClient(30);
  EXPECT_TRUE(slow.entry->memory().Set(http1::Held::kFree + 600));
  clock_.AdvanceMillis(1500);
  quick.entry->AwaitClient(30);
  EXPECT_TRUE(quick.entry->memory().Set(http1::Held::kFree + 300));
  EXPECT_EQ(all_.request_bytes(), 900U);
  all_.FreeMemory();
  EXPECT_TRUE(slow.cut());
  EXPECT_FALSE(small.cut());
  EXPECT_FALSE(quick.cut());
}

TEST_F(ConnectionsTest, AreCutPastTheirDeadline) {
  Add().entry->AwaitClient(2);
  clock_.AdvanceMillis(1999);
  all_.Sweep();
  EXPECT_FALSE(peers_[0]->cut());
  clock_.AdvanceMillis(1);
  all_.Sweep();
  EXPECT_TRUE(peers_[0]->cut());
}

// Idle connections over TLS count for what they keep.
TEST_F(ConnectionsTest, ThoseThatHaveARequestGiveTheirMemoryBeforeIdleOnesDo) {
  Peers& idle = Add();
  idle.entry->memory().SetBase(http1::Held::kFree + 100);
  ASSERT_TRUE(idle.entry->memory().Set(0));
  idle.entry->AwaitClient(1000);
  clock_.AdvanceMillis(1);
  Peers& slow = Add();
  slow.entry->memory().SetBase(http1::Held::kFree + 100);
  ASSERT_TRUE(slow.entry->memory().Set(100));
  slow.entry->AwaitClient(1000);
  clock_.AdvanceMillis(1001);
  all_.FreeMemory();
  EXPECT_TRUE(slow.cut());
  EXPECT_FALSE(idle.cut());
  clock_.AdvanceMillis(21);
  all_.FreeMemory();
  EXPECT_TRUE(idle.cut());
}

}  // namespace
}  // namespace sallyport::http
