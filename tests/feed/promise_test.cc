// The proof, tried at random: agents with delayed, lost and reordered connections, pauses, and
// server restarts. No reader may allow a request if an entry is missing that was answered before it
// began.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <variant>
#include <vector>

#include "feed/lease_table.h"

namespace sallyport::feed {
namespace {

constexpr uint32_t kModelTtl = 100;
constexpr int64_t kMilli = 1'000'000;
constexpr int64_t kHold = (kModelTtl + MarginMillis(kModelTtl)) * kMilli;

struct Message {
  enum Kind { kEntries, kGrant, kAck, kRenew } kind;
  uint64_t sequence = 0;  // of entries and acknowledgements
  uint64_t epoch = 0;     // of grants
  int64_t asked_at = 0;   // of renewals, and of the grants that answer them
  int64_t arrives = 0;
};

// A Replica, and a reader in the middle of a decision.
struct Agent {
  InstanceId id{};
  bool connected = false;
  bool paused = false;
  uint64_t applied = 0;
  uint64_t epoch = 0;
  int64_t expiry = 0;
  uint64_t sent = 0;  // by the server, on this connection
  std::deque<Message> up, down;

  struct Reading {
    uint64_t answered_before;  // what was answered when the request was received
    uint64_t epoch;
    std::optional<uint64_t> looked_up;
  };
  std::optional<Reading> reading;
};

// The rules that the simulation breaks on purpose, to show that it would notice.
struct Faults {
  bool lease_read_after_lookup_only = false;  // no epoch before it
  bool ack_before_applying = false;
  bool answer_without_hold = false;
};

class Simulation {
 public:
  Simulation(uint32_t seed, Faults faults) : random_(seed), faults_(faults), agents_(3) {
    for (size_t i = 0; i < agents_.size(); ++i) agents_[i].id = InstanceId{uint8_t(i + 1)};
    Restart(0);
  }

  void Run(int steps) {
    for (int i = 0; i < steps; ++i) Step();
  }
  int violations() const { return violations_; }
  int allowed() const { return allowed_; }
  int lapsed() const { return lapsed_; }
  uint64_t answered() const { return answered_; }

 private:
  bool Chance(int percent) { return int(random_() % 100) < percent; }

  void Restart(int64_t hold) {
    table_ =
        std::make_unique<LeaseTable>(kModelTtl, head_, now_ + hold, [this] { return ++epochs_; });
    for (Agent& agent : agents_) Cut(agent);
  }
  void Cut(Agent& agent) {
    agent.connected = false;
    agent.up.clear();
    agent.down.clear();
  }
  void Send(std::deque<Message>& queue, Message message) {
    // In order on one connection; mostly quick, at times longer than a lease.
    const int64_t delay = Chance(3) ? random_() % (3 * kModelTtl) : random_() % 5;
    const int64_t earliest = queue.empty() ? 0 : queue.back().arrives;
    message.arrives = std::max(earliest, now_ + delay * kMilli);
    queue.push_back(message);
  }

  void Step() {
    now_ += int64_t(random_() % 4) * kMilli;
    if (Chance(20)) table_->Advance(++head_, now_);
    if (random_() % 3000 == 0) Restart(faults_.answer_without_hold ? 0 : kHold);
    for (Agent& agent : agents_) {
      ServeAgent(agent);
      if (!agent.paused) RunAgent(agent);
      if (random_() % 150 == 0) agent.paused = !agent.paused;
      Read(agent);
    }
    table_->Settle(now_);
    // Calls wait for any position; those that may be answered are answered.
    for (uint64_t wanted : {head_, table_->released()}) {
      if (table_->Answerable(wanted, now_)) answered_ = std::max(answered_, wanted);
    }
  }

  void ServeAgent(Agent& agent) {
    if (!agent.connected) return;
    if (random_() % 400 == 0) {
      table_->Disconnect(agent.id, now_);
      return Cut(agent);
    }
    while (!agent.up.empty() && agent.up.front().arrives <= now_) {
      const Message message = agent.up.front();
      agent.up.pop_front();
      if (message.kind == Message::kAck) table_->Acknowledge(agent.id, message.sequence);
      if (message.kind == Message::kRenew) {
        const auto answer = table_->Renew(agent.id, now_);
        if (const auto* granted = std::get_if<LeaseTable::Granted>(&answer)) {
          Send(agent.down,
               {.kind = Message::kGrant, .epoch = granted->epoch, .asked_at = message.asked_at});
        }
      }
    }
    if (agent.sent < head_ && Chance(70)) {
      agent.sent = head_;
      Send(agent.down, {.kind = Message::kEntries, .sequence = head_});
    }
  }

  void RunAgent(Agent& agent) {
    if (!agent.connected) {
      if (!Chance(5)) return;
      agent.connected = true;
      agent.sent = agent.applied;
      table_->Connect(agent.id, agent.applied, now_);
      Send(agent.up, {.kind = Message::kAck, .sequence = agent.applied});
      return;
    }
    while (!agent.down.empty() && agent.down.front().arrives <= now_) {
      const Message message = agent.down.front();
      if (message.kind == Message::kEntries) {
        if (faults_.ack_before_applying) {
          Send(agent.up, {.kind = Message::kAck, .sequence = message.sequence});
          if (Chance(50)) return;  // applied at the next step
        }
        agent.applied = std::max(agent.applied, message.sequence);
        Send(agent.up, {.kind = Message::kAck, .sequence = agent.applied});
      } else if (message.asked_at + int64_t{kModelTtl} * kMilli > agent.expiry) {
        agent.epoch = message.epoch;
        agent.expiry = message.asked_at + int64_t{kModelTtl} * kMilli;
      }
      agent.down.pop_front();
    }
    if (Chance(10)) Send(agent.up, {.kind = Message::kRenew, .asked_at = now_});
  }

  // One request after another, each of three steps with any time between.
  void Read(Agent& agent) {
    if (!Chance(60)) return;
    const bool live = now_ < agent.expiry;
    if (!agent.reading) {
      agent.reading = Agent::Reading{answered_, agent.epoch, std::nullopt};
    } else if (!agent.reading->looked_up) {
      agent.reading->looked_up = agent.applied;
    } else {
      const Agent::Reading reading = *agent.reading;
      agent.reading.reset();
      const bool same_epoch = agent.epoch == reading.epoch || faults_.lease_read_after_lookup_only;
      const bool allow = live && same_epoch;
      lapsed_ += !live;
      if (!allow) return;
      ++allowed_;
      if (*reading.looked_up < reading.answered_before) ++violations_;
    }
  }

  std::mt19937 random_;
  const Faults faults_;
  std::vector<Agent> agents_;
  std::unique_ptr<LeaseTable> table_;
  int64_t now_ = 1000 * kMilli;
  uint64_t head_ = 0;
  uint64_t epochs_ = 0;
  uint64_t answered_ = 0;
  int violations_ = 0;
  int allowed_ = 0;
  int lapsed_ = 0;
};

int ViolationsWith(Faults faults) {
  int violations = 0;
  for (uint32_t seed = 1; seed <= 40; ++seed) {
    Simulation simulation(seed, faults);
    simulation.Run(10'000);
    violations += simulation.violations();
  }
  return violations;
}

TEST(PromiseTest, NoRequestReceivedAfterTheAnswerIsAllowed) {
  int allowed = 0;
  int lapsed = 0;
  uint64_t answered = 0;
  for (uint32_t seed = 1; seed <= 100; ++seed) {
    Simulation simulation(seed, {});
    simulation.Run(10'000);
    ASSERT_EQ(simulation.violations(), 0) << "seed " << seed;
    allowed += simulation.allowed();
    lapsed += simulation.lapsed();
    answered += simulation.answered();
  }
  // It did try something.
  EXPECT_GT(allowed, 100'000);
  EXPECT_GT(lapsed, 10'000);
  EXPECT_GT(answered, 10'000u);
}

TEST(PromiseTest, ALeaseReadAfterTheLookupOnlyIsNoticed) {
  EXPECT_GT(ViolationsWith({.lease_read_after_lookup_only = true}), 0);
}

TEST(PromiseTest, AnAcknowledgementBeforeApplyingIsNoticed) {
  EXPECT_GT(ViolationsWith({.ack_before_applying = true}), 0);
}

TEST(PromiseTest, AnAnswerSoonAfterAStartIsNoticed) {
  EXPECT_GT(ViolationsWith({.answer_without_hold = true}), 0);
}

}  // namespace
}  // namespace sallyport::feed
