// light_agents DIRECTORY: an Agent for each enrolment file in the directory, all in one process and
// without Replicas, to see what many Agents cost a server. They speak the feed as `sallyport agent`
// does (agent/follower.h): a connection to each of two servers, acknowledgements on both, leases
// from the first and asked for at the second, which takes the first one's place when that is gone.
//
// Reads commands from standard input, and answers each with one line of JSON. `status`: how many
// Agents hold a lease, follow one server, follow two. `mark`: what `moved` tells is counted from
// here. `moved`: how many have changed their server since, how many of these have a lease there,
// after how many milliseconds the last one had it, and how many were without a lease meanwhile.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "agent/feed_connection.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/regular_file.h"
#include "channel/enrolment.h"
#include "revocation/frame.h"

namespace sallyport {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr int64_t kAskAgainMillis = 50;
constexpr int64_t kMostDoublings = 2;
constexpr int64_t kGreatestBackoffMillis = 1'000;

int64_t NowNanos() {
  return base::SystemClock::Get().BootNanos();
}

asio::awaitable<void> Sleep(asio::steady_timer& timer, int64_t millis) {
  timer.expires_after(milliseconds(millis));
  boost::system::error_code woken;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, woken));
}

// What all of them have seen since the last `mark`.
struct Marked {
  int64_t at = NowNanos();
  size_t swapped = 0;
  size_t leased = 0;
  size_t without = 0;
  int64_t last = 0;
};

class Agent;

// One server of an Agent: one connection after another.
class Link : public std::enable_shared_from_this<Link> {
 public:
  Link(asio::io_context& io, Agent& agent, channel::Address server)
      : io_(io), agent_(agent), server_(std::move(server)), pause_(io), asks_(io) {
    base::RandomBytes(instance_);
  }

  asio::awaitable<void> Run();
  void AskSoon() { asks_.cancel(); }
  bool following() const { return following_; }

 private:
  asio::awaitable<void> Follow();
  asio::awaitable<void> Asks(std::shared_ptr<channel::Channel> connection);
  asio::awaitable<void> SendAll(std::shared_ptr<channel::Channel> connection);
  void Send(const revocation::Frame& frame);
  // False: the server has said goodbye, or broken the rules.
  bool Receive(const revocation::Frame& frame);

  asio::io_context& io_;
  Agent& agent_;
  const channel::Address server_;
  asio::steady_timer pause_, asks_;
  revocation::InstanceId instance_{};
  std::shared_ptr<channel::Channel> connection_;
  std::deque<std::string> unsent_;
  bool sending_ = false;
  bool following_ = false;
  revocation::LogPosition snapshot_;
  uint64_t nonce_ = 0;
  int64_t refused_in_a_row_ = 0;
  std::deque<std::pair<uint64_t, int64_t>> asked_;  // nonce, and when
};

class Agent {
 public:
  Agent(asio::io_context& io, Marked& marked, channel::Enrolment enrolment, size_t number)
      : marked_(marked), enrolment_(std::move(enrolment)) {
    const size_t count = enrolment_.servers.size();
    for (size_t i = 0; i < std::min<size_t>(count, 2); ++i) {
      links_.push_back(std::make_shared<Link>(io, *this, enrolment_.servers[(number + i) % count]));
    }
    for (const auto& link : links_) asio::co_spawn(io, link->Run(), asio::detached);
  }

  channel::Key key() const { return enrolment_.key(); }
  const std::string& name() const { return enrolment_.name; }
  bool IsFirst(const Link& link) const { return links_.front().get() == &link; }
  bool HoldsLease() const { return NowNanos() < expiry_; }
  size_t following() const {
    return static_cast<size_t>(std::count_if(links_.begin(), links_.end(),
                                             [](const auto& link) { return link->following(); }));
  }
  int64_t ttl_millis() const { return ttl_millis_; }
  void SetTtl(uint32_t millis) { ttl_millis_ = millis; }

  void Granted(const Link& link, int64_t asked_at) {
    if (!IsFirst(link)) return;
    if (expiry_ != 0 && NowNanos() >= expiry_) ++marked_.without;
    expiry_ = asked_at + ttl_millis_ * base::kNanosPerMilli;
    if (!moving_) return;
    moving_ = false;
    ++marked_.leased;
    marked_.last = std::max(marked_.last, NowNanos() - marked_.at);
  }
  // The connection of the first has ended.
  void Lost(const Link& link) {
    if (!IsFirst(link) || links_.size() < 2 || !links_.back()->following()) return;
    std::swap(links_.front(), links_.back());
    moving_ = true;
    ++marked_.swapped;
    links_.front()->AskSoon();
  }

 private:
  Marked& marked_;
  const channel::Enrolment enrolment_;
  std::vector<std::shared_ptr<Link>> links_;  // the first is the one by whose leases it lives
  int64_t ttl_millis_ = 2000;
  int64_t expiry_ = 0;
  bool moving_ = false;
};

asio::awaitable<void> Link::Run() {
  int64_t backoff = 20;
  for (;;) {
    auto connected = co_await agent::ConnectToFeed(server_, agent_.key());
    if (connected) {
      connection_ = *std::move(connected);
      unsent_.clear();
      asked_.clear();
      sending_ = false;
      revocation::Hello hello;
      hello.instance = instance_;
      hello.name = agent_.name();
      Send(hello);
      asio::co_spawn(
          io_, [self = shared_from_this(), c = connection_] { return self->Asks(c); },
          asio::detached);
      co_await Follow();
      if (following_) backoff = 20;
      following_ = false;
      connection_->Close();
      connection_.reset();
      asks_.cancel();
      agent_.Lost(*this);
    }
    co_await Sleep(pause_,
                   static_cast<int64_t>(base::RandomU64() % static_cast<uint64_t>(backoff)));
    backoff = std::min(2 * backoff, kGreatestBackoffMillis);
  }
}

asio::awaitable<void> Link::Follow() {
  for (;;) {
    const auto message = co_await connection_->Read();
    if (!message) co_return;
    const auto frame = revocation::Decode(*message);
    if (!frame || !Receive(*frame)) co_return;
  }
}

bool Link::Receive(const revocation::Frame& frame) {
  if (const auto* entries = std::get_if<revocation::Entries>(&frame)) {
    Send(revocation::Ack{entries->position.sequence});
  } else if (const auto* grant = std::get_if<revocation::Grant>(&frame)) {
    while (!asked_.empty() && asked_.front().first != grant->nonce) asked_.pop_front();
    refused_in_a_row_ = 0;
    if (!asked_.empty()) agent_.Granted(*this, asked_.front().second);
  } else if (const auto* welcome = std::get_if<revocation::Welcome>(&frame)) {
    agent_.SetTtl(welcome->ttl_millis);
  } else if (const auto* begin = std::get_if<revocation::SnapshotBegin>(&frame)) {
    snapshot_ = begin->position;
  } else if (std::holds_alternative<revocation::SnapshotEnd>(frame)) {
    Send(revocation::Ack{snapshot_.sequence});
    following_ = true;
    AskSoon();
  } else if (std::holds_alternative<revocation::NoGrant>(frame)) {
    ++refused_in_a_row_;
  } else if (std::holds_alternative<revocation::Goodbye>(frame)) {
    return false;
  }
  return true;
}

asio::awaitable<void> Link::Asks(std::shared_ptr<channel::Channel> connection) {
  while (connection == connection_) {
    const bool first = agent_.IsFirst(*this);
    if (following_) {
      asked_.emplace_back(++nonce_, NowNanos());
      if (asked_.size() > 16) asked_.pop_front();
      Send(revocation::Renew{nonce_});
    }
    const int64_t quarter = agent_.ttl_millis() / 4;
    const int64_t again = kAskAgainMillis
                          << std::clamp<int64_t>(refused_in_a_row_ - 1, 0, kMostDoublings);
    co_await Sleep(asks_, !first ? 2 * quarter : agent_.HoldsLease() ? quarter : again);
  }
}

void Link::Send(const revocation::Frame& frame) {
  unsent_.push_back(revocation::Encode(frame));
  if (std::exchange(sending_, true)) return;
  asio::co_spawn(
      io_, [self = shared_from_this(), c = connection_] { return self->SendAll(c); },
      asio::detached);
}

asio::awaitable<void> Link::SendAll(std::shared_ptr<channel::Channel> connection) {
  while (connection == connection_ && !unsent_.empty()) {
    std::string message = std::move(unsent_.front());
    unsent_.pop_front();
    const base::Status written = co_await connection->Write(std::move(message));
    if (!written) {
      connection->Close();
      co_return;
    }
  }
  if (connection == connection_) sending_ = false;
}

std::string Answer(const std::string& command, const std::vector<std::unique_ptr<Agent>>& agents,
                   Marked& marked) {
  std::array<char, 256> line{};
  if (command == "mark") {
    marked = {};
    return "{}";
  }
  if (command == "moved") {
    std::snprintf(line.data(), line.size(),
                  R"({"swapped": %zu, "leased": %zu, "last_ms": %.1f, "without": %zu})",
                  marked.swapped, marked.leased, static_cast<double>(marked.last) / 1e6,
                  marked.without);
    return line.data();
  }
  size_t leased = 0;
  std::array<size_t, 3> following{};
  for (const auto& agent : agents) {
    leased += agent->HoldsLease() ? 1 : 0;
    ++following.at(agent->following());
  }
  std::snprintf(line.data(), line.size(), R"({"leased": %zu, "one": %zu, "two": %zu})", leased,
                following[1], following[2]);
  return line.data();
}

asio::awaitable<void> Commands(asio::io_context& io,
                               const std::vector<std::unique_ptr<Agent>>& agents, Marked& marked) {
  asio::posix::stream_descriptor input(io, ::dup(STDIN_FILENO));
  asio::streambuf buffer;
  std::istream lines(&buffer);
  for (;;) {
    boost::system::error_code ended;
    co_await asio::async_read_until(input, buffer, '\n',
                                    asio::redirect_error(asio::use_awaitable, ended));
    if (ended) break;
    std::string command;
    std::getline(lines, command);
    std::puts(Answer(command, agents, marked).c_str());
    std::fflush(stdout);
  }
  io.stop();
}

int Main(const std::string& directory) {
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);

  asio::io_context io(1);
  Marked marked;
  std::vector<std::unique_ptr<Agent>> agents;
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  for (const auto& path : paths) {
    const auto text = base::ReadPrivateFile(path.string(), channel::kGreatestEnrolmentBytes);
    const auto enrolment = text ? channel::ParseEnrolment(text->Reveal())
                                : base::Result<channel::Enrolment>(text.error());
    if (!enrolment) {
      std::fprintf(stderr, "%s: %s\n", path.c_str(), enrolment.error().message.c_str());
      return 1;
    }
    agents.push_back(std::make_unique<Agent>(io, marked, *enrolment, agents.size()));
  }
  asio::co_spawn(io, Commands(io, agents, marked), asio::detached);
  io.run();
  // Their connections end with the process.
  std::_Exit(0);
}

}  // namespace
}  // namespace sallyport

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("light_agents DIRECTORY\n", stderr);
    return 2;
  }
  return sallyport::Main(argv[1]);
}
