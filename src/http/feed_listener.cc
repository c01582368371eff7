#include "http/feed_listener.h"

#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <chrono>
#include <functional>
#include <optional>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "channel/enrolment.h"
#include "http/error_token.h"
#include "http/listen.h"

namespace sallyport::http {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

constexpr int64_t kHandshakeSeconds = 5;
constexpr auto kSweepEvery = std::chrono::seconds(1);
constexpr auto kAcceptPause = std::chrono::milliseconds(50);
constexpr auto kStopPoll = std::chrono::milliseconds(5);
constexpr unsigned kDeadPeerMillis = 30'000;
// The longest frame that an Agent may send (a Hello), with some room for later versions.
constexpr size_t kGreatestAgentFrame = 4096;

// Presents a channel to the Hub. After the handshake it runs only on the Hub's strand. With a
// strand of its own, switching to it and back for each entry and each acknowledgement would take
// most of the time that a revoking call waits, apart from the disk.
class AgentConnection final : public feed::Connection {
 public:
  AgentConnection(std::shared_ptr<channel::Channel> channel, feed::Agent agent, std::string address,
                  std::function<bool()> count_as_asking)
      : channel_(std::move(channel)),
        agent_(std::move(agent)),
        peer_(std::move(address)),
        count_as_asking_(std::move(count_as_asking)) {}

  asio::awaitable<std::optional<std::string>> Read() override {
    auto frame = co_await channel_->Read();
    if (!frame) co_return std::nullopt;
    co_return std::move(*frame);
  }
  asio::awaitable<bool> Write(std::string message) override {
    const base::Status written = co_await channel_->Write(std::move(message));
    co_return written.ok();
  }
  void Close() override { channel_->Close(); }
  std::string peer() const override { return peer_; }
  const feed::Agent& agent() const override { return agent_; }
  bool CountAsAsking() override { return count_as_asking_(); }

 private:
  const std::shared_ptr<channel::Channel> channel_;
  const feed::Agent agent_;
  const std::string peer_;
  const std::function<bool()> count_as_asking_;
};

}  // namespace

FeedListener::FeedListener(asio::io_context& context, feed::Hub& hub, channel::FindSecret find,
                           FeedListenerOptions options)
    : context_(context),
      hub_(hub),
      options_(std::move(options)),
      refusals_(base::SystemClock::Get()),
      server_(std::move(find)),
      connections_(base::SystemClock::Get(), options_.agent_limit + options_.handshake_limit,
                   no_requests_) {}

base::Status FeedListener::Listen() {
  for (const std::string& listen : options_.listen) {
    SALLYPORT_ASSIGN(auto acceptor, http::Listen(context_, listen));
    acceptors_.push_back(std::move(acceptor));
  }
  return {};
}

void FeedListener::Start() {
  for (const auto& acceptor : acceptors_) {
    asio::co_spawn(acceptor->get_executor(), Accept(acceptor), asio::detached);
  }
  asio::co_spawn(context_, Sweep(), asio::detached);
}

std::vector<tcp::endpoint> FeedListener::endpoints() const {
  std::vector<tcp::endpoint> result;
  for (const auto& acceptor : acceptors_) result.push_back(acceptor->local_endpoint());
  return result;
}

asio::awaitable<void> FeedListener::Accept(std::shared_ptr<tcp::acceptor> acceptor) {
  asio::steady_timer pause(acceptor->get_executor());
  while (!connections_.stopping()) {
    error_code error;
    const auto strand = asio::make_strand(context_);
    tcp::socket socket = co_await acceptor->async_accept(strand, ErrorInto(error));
    if (connections_.stopping()) co_return;
    error_code unknown;
    const tcp::endpoint remote = error ? tcp::endpoint() : socket.remote_endpoint(unknown);
    if (error) {
      base::LogWarning("an agent's connection is not accepted", {{"cause", error.message()}});
      pause.expires_after(kAcceptPause);
      co_await pause.async_wait(ErrorInto(error));
      continue;
    }
    if (unknown) continue;
    socket.set_option(tcp::no_delay(true), unknown);
    std::shared_ptr<channel::Channel> channel =
        server_.Make(std::move(socket), kGreatestAgentFrame);
    asio::co_spawn(strand, Serve(std::move(channel), Show(remote)),
                   [](const std::exception_ptr& failure) {
                     if (failure) base::LogError("an agent's connection failed");
                   });
  }
}

// A connection that has not proved anything yet, while this object exists.
class FeedListener::Handshaking {
 public:
  Handshaking(FeedListener& all, const Connections::Entry& entry) : all_(all) {
    const std::lock_guard lock(all_.mutex_);
    Pending& pending = all_.pending_;
    if (pending.size() >= all_.options_.handshake_limit) {
      pending.front()->Cut();
      // It leaves the list when its handshake has failed.
      pending.splice(pending.end(), pending, pending.begin());
    }
    place_ = pending.insert(pending.end(), &entry);
  }
  ~Handshaking() {
    const std::lock_guard lock(all_.mutex_);
    all_.pending_.erase(place_);
  }
  Handshaking(const Handshaking&) = delete;
  Handshaking& operator=(const Handshaking&) = delete;

 private:
  FeedListener& all_;
  Pending::iterator place_;
};

bool FeedListener::EnterAgent(const std::string& identity) {
  const std::lock_guard lock(mutex_);
  size_t& count = agents_[identity];
  if (count >= options_.agents_per_key || agent_count_ >= options_.agent_limit) {
    if (count == 0) agents_.erase(identity);
    return false;
  }
  ++count;
  ++agent_count_;
  return true;
}

bool FeedListener::CountAsAsking(const std::string& identity) {
  const std::lock_guard lock(mutex_);
  if (asking_count_ >= std::min(options_.asking_limit, options_.agent_limit / 2)) return false;
  ++asking_count_;
  Forget(identity);
  return true;
}

void FeedListener::LeaveAgent(const std::string& identity, bool asking) {
  const std::lock_guard lock(mutex_);
  --agent_count_;
  if (asking) {
    --asking_count_;
  } else {
    Forget(identity);
  }
}

void FeedListener::Forget(const std::string& identity) {
  const auto found = agents_.find(identity);
  if (--found->second == 0) agents_.erase(found);
}

void FeedListener::NoteRefusal(std::string_view why, const std::string& address,
                               std::string_view agent) {
  const auto told = refusals_.Note(why);
  if (!told) return;
  base::LogWarning("an agent is refused", {{"peer", address},
                                           {"agent", agent},
                                           {"cause", why},
                                           {"times", static_cast<int64_t>(*told)}});
}

asio::awaitable<void> FeedListener::Serve(std::shared_ptr<channel::Channel> channel,
                                          std::string address) {
  // Destroyed before the channel, and so before its socket is closed.
  Connections::Entry entry(connections_, channel->native_handle());
  entry.AwaitClient(kHandshakeSeconds);
  std::optional<Handshaking> handshaking(std::in_place, *this, entry);
  const base::Status proved = co_await channel->Handshake();
  handshaking.reset();
  if (!proved) {
    NoteRefusal(proved.error().cause, address, /*agent=*/{});
    co_return;
  }
  const std::string& identity = channel->identity();
  const auto named = channel::ParseIdentity(identity);
  if (!named) co_return;
  if (!EnterAgent(identity)) {
    NoteRefusal("too many agents are connected, in total or with this key", address, named->name);
    co_return;
  }
  entry.ClearDeadline();
  setsockopt(channel->native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &kDeadPeerMillis,
             sizeof kDeadPeerMillis);
  bool asking = false;
  auto connection = std::make_shared<AgentConnection>(
      channel, feed::Agent{.name = named->name, .key_id = named->key_id}, std::move(address),
      [this, &asking, &identity] { return asking = asking || CountAsAsking(identity); });
  std::exception_ptr thrown;
  try {
    co_await hub_.Serve(std::move(connection));
  } catch (...) {
    thrown = std::current_exception();
  }
  LeaveAgent(identity, asking);
  if (thrown) std::rethrow_exception(thrown);
}

asio::awaitable<void> FeedListener::Sweep() {
  asio::steady_timer timer(context_);
  while (!connections_.stopping()) {
    error_code error;
    timer.expires_after(kSweepEvery);
    co_await timer.async_wait(ErrorInto(error));
    connections_.Sweep();
  }
}

void FeedListener::Close() {
  connections_.BeginStop();
  for (const auto& acceptor : acceptors_) {
    asio::post(acceptor->get_executor(), [acceptor] {
      error_code error;
      acceptor->close(error);
    });
  }
  while (connections_.size() > 0) {
    connections_.CutAll();
    std::this_thread::sleep_for(kStopPoll);
  }
}

}  // namespace sallyport::http
