// The Hub over a real store and real frames; only the sockets are missing.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <filesystem>
#include <future>
#include <thread>

#include "fake_agent.h"
#include "feed/hub.h"
#include "feed/lease_table.h"
#include "store/sqlite/sqlite_store.h"

namespace sallyport::store {

struct TimesForTests {
  static ForgetBefore Forget(int64_t seconds) { return ForgetBefore(seconds); }
};

}  // namespace sallyport::store

namespace sallyport::feed {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using revocation::Ack;
using revocation::Entries;
using revocation::Goodbye;
using revocation::Grant;
using revocation::Hello;
using revocation::NoGrant;
using revocation::Renew;
using revocation::Resume;
using revocation::Revocation;
using revocation::SnapshotBegin;
using revocation::SnapshotEnd;
using revocation::SnapshotPage;
using revocation::Welcome;
using ::testing::HasSubstr;

inline constexpr uint32_t kTtl = 400;
inline constexpr auto kLease = std::chrono::milliseconds(kTtl + MarginMillis(kTtl));
inline constexpr InstanceId kOne{1};
inline constexpr InstanceId kTwo{2};

// What an Agent has received in the end.
struct Replica {
  revocation::LogId log{};
  revocation::LogPosition position;
  std::vector<std::string> subjects;
  revocation::PositionMark mark{};
  bool holds_lease = false;
};

class HubTest : public ::testing::Test {
 protected:
  HubTest() {
    std::string path = (std::filesystem::temp_directory_path() / "sallyport-feed-XXXXXX").string();
    directory_ = mkdtemp(path.data());
    for (int i = 0; i < 2; ++i) threads_.emplace_back([this] { context_.run(); });
    OpenStore();
    StartHub();
  }
  ~HubTest() override {
    hub_.reset();
    work_.reset();
    for (auto& thread : threads_) thread.join();
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  void OpenStore() {
    auto opened = store::OpenSqlite(directory_ + "/data");
    ASSERT_TRUE(opened.ok());
    store_ = std::move(*opened);
  }
  // For anybody who does not read this file, as good as the server's own.
  static revocation::PositionMark MarkOf(const revocation::LogId& log,
                                         const revocation::LogPosition& position,
                                         std::string_view agent) {
    revocation::PositionMark mark{};
    auto mix = [&mark, at = size_t{0}](uint8_t byte) mutable {
      auto& place = mark[at++ % mark.size()];
      place = static_cast<uint8_t>(place * 31 + byte + 7);
    };
    for (const uint8_t byte : log) mix(byte);
    for (size_t i = 0; i < 8; ++i) mix(static_cast<uint8_t>(position.sequence >> (8 * i)));
    for (const uint8_t byte : position.hash) mix(byte);
    for (const char c : agent) mix(static_cast<uint8_t>(c));
    return mark;
  }

  // What the Hub is given for the store.
  virtual store::Store& hub_store() { return *store_; }
  void StartHub(Options options = {.ttl_millis = kTtl}) {
    options.mark = MarkOf;
    options.enrolled = [this](const Agent& agent) -> base::Result<bool> {
      return agent.key_id != "k1" || !withdrawn_;
    };
    hub_ = std::make_unique<Hub>(context_.get_executor(), hub_store(), base::SystemClock::Get(),
                                 options);
    ASSERT_TRUE(hub_->Start().ok());
  }
  // As after a crash: only the store is left.
  void RestartHub(Options options = {.ttl_millis = kTtl}) {
    hub_.reset();
    StartHub(options);
  }

  // The head after it.
  uint64_t Append(const std::string& subject, int64_t keep_until = revocation::kNever) {
    const auto committed = store_->UpdateRevoking([&](store::LogTx& tx) {
      return tx.Append({revocation::Kind::kFamily, subject, "", keep_until});
    });
    EXPECT_TRUE(committed.ok() && committed->outcome.ok());
    return committed->release.sequence();
  }
  void AppendMany(int count) {
    const auto committed = store_->UpdateRevoking([&](store::LogTx& tx) -> base::Status {
      for (int i = 0; i < count; ++i) {
        SALLYPORT_TRY(tx.Append(
            {revocation::Kind::kFamily, "many" + std::to_string(i), "", revocation::kNever}));
      }
      return {};
    });
    ASSERT_TRUE(committed.ok() && committed->outcome.ok());
  }

  std::shared_ptr<Pipe> Dial(size_t depth = 1000, Agent agent = {"gate", "k1"}) {
    auto pipe = std::make_shared<Pipe>(context_.get_executor(), depth, std::move(agent));
    asio::co_spawn(context_, hub_->Serve(pipe), asio::detached);
    return pipe;
  }
  std::shared_ptr<Pipe> Greet(const InstanceId& instance, const Replica& replica = {},
                              size_t depth = 1000, Agent agent = {"gate", "k1"}) {
    auto pipe = Dial(depth, agent);
    Hello hello{.version = agent.version,
                .instance = instance,
                .log = replica.log,
                .position = replica.position,
                .mark = replica.mark,
                .holds_lease = replica.holds_lease,
                .name = "gate"};
    pipe->Send(hello);
    return pipe;
  }
  // Receives Welcome and snapshot.
  Replica TakeSnapshot(Pipe& pipe) {
    Replica replica;
    const auto welcome = pipe.ReceiveA<Welcome>();
    EXPECT_TRUE(welcome && welcome->resume == Resume::kSnapshot);
    if (!welcome) return replica;
    EXPECT_GE(welcome->ttl_millis, kTtl);
    replica.log = welcome->log;
    const auto begin = pipe.ReceiveA<SnapshotBegin>();
    EXPECT_TRUE(begin);
    if (!begin) return replica;
    replica.position = begin->position;
    while (auto frame = pipe.Receive()) {
      if (const auto* end = std::get_if<SnapshotEnd>(&*frame)) {
        replica.mark = end->mark;
        return replica;
      }
      const auto* page = std::get_if<SnapshotPage>(&*frame);
      EXPECT_NE(page, nullptr);
      if (page == nullptr) break;
      for (const auto& revocation : page->revocations) {
        replica.subjects.push_back(revocation.subject);
      }
    }
    ADD_FAILURE() << "no end of the snapshot";
    return replica;
  }
  // Connected, up to date, under lease.
  std::shared_ptr<Pipe> Leased(const InstanceId& instance) {
    auto pipe = Greet(instance);
    const Replica replica = TakeSnapshot(*pipe);
    pipe->Send(Ack{replica.position.sequence});
    pipe->Send(Renew{1});
    // Others may revoke meanwhile.
    while (auto frame = pipe->Receive()) {
      if (std::holds_alternative<Grant>(*frame)) return pipe;
      if (const auto* entries = std::get_if<Entries>(&*frame)) {
        pipe->Send(Ack{entries->position.sequence});
      }
      if (std::holds_alternative<NoGrant>(*frame)) pipe->Send(Renew{1});
    }
    ADD_FAILURE() << "no lease";
    return pipe;
  }

  // A place together with the mark that the server would have given "gate" there.
  Replica Marked(const revocation::LogId& log, const revocation::LogPosition& position) {
    return {log, position, {}, MarkOf(log, position, "gate")};
  }

  std::future<bool> Withdraw(const std::string& agent, const std::string& key_id = "k1") {
    return asio::co_spawn(context_, hub_->Withdraw(agent, key_id), asio::use_future);
  }
  std::future<bool> Await(uint64_t head) {
    return asio::co_spawn(context_, hub_->AwaitRelease(head), asio::use_future);
  }
  Status GetStatus() { return asio::co_spawn(context_, hub_->GetStatus(), asio::use_future).get(); }
  static bool Waits(std::future<bool>& answer, std::chrono::milliseconds time = 30ms) {
    return answer.wait_for(time) == std::future_status::timeout;
  }

  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  std::vector<std::thread> threads_;
  std::string directory_;
  std::unique_ptr<store::Store> store_;
  std::atomic<bool> withdrawn_{false};  // the key "k1"
  std::unique_ptr<Hub> hub_;
};

}  // namespace sallyport::feed
