#include "impostor.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <utility>

#include "base/random.h"
#include "channel/channel.h"
#include "jose/key.h"
#include "revocation/frame.h"

namespace sallyport::history {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr const char* kKid = "impostor";

int64_t WallMillis() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

// What it uses in place of an agent's key.
std::optional<base::Secret> AnySecret(std::string_view) {
  return base::Secret(std::string(channel::kKeyBytes, '\0'));
}

}  // namespace

struct Impostor::Key {
  jose::SigningKey signing;
};

class Impostor::Listener {
 public:
  Listener(Impostor& impostor, Nanos ttl)
      : impostor_(impostor), ttl_(ttl), server_(AnySecret), acceptor_(io_) {}

  ~Listener() {
    asio::post(io_, [this] {
      boost::system::error_code ignored;
      acceptor_.close(ignored);
    });
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  bool Start(uint16_t port) {
    boost::system::error_code error;
    const tcp::endpoint endpoint(asio::ip::address_v4::loopback(), port);
    acceptor_.open(tcp::v4(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) return false;
    asio::co_spawn(io_, Accept(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
    return true;
  }

 private:
  asio::awaitable<void> Accept() {
    for (;;) {
      tcp::socket socket = co_await acceptor_.async_accept(asio::use_awaitable);
      ++impostor_.tried_;
      asio::co_spawn(io_, Serve(std::move(socket)), asio::detached);
    }
  }

  // Answers as a server that has never seen this agent.
  asio::awaitable<void> Serve(tcp::socket socket) {
    const auto channel = server_.Make(std::move(socket), revocation::kMaxFrameBytes);
    if (!co_await channel->Handshake()) co_return;
    const auto hello = co_await channel->Read();
    if (!hello) co_return;
    ++impostor_.believed_;
    revocation::Welcome welcome;
    welcome.resume = revocation::Resume::kSnapshot;
    base::RandomBytes(welcome.log);
    welcome.ttl_millis = static_cast<uint32_t>(ttl_ / kMillisecond);
    revocation::SnapshotBegin begin;
    begin.position.sequence = 1;
    begin.entries = 1;
    revocation::SnapshotPage page;
    page.revocations.push_back({revocation::Kind::kKeyPublished, impostor_.issuer_ + " " + kKid,
                                impostor_.key_->signing.ToPublic().ToJwk(kKid), INT64_MAX});
    for (const revocation::Frame& frame :
         {revocation::Frame(welcome), revocation::Frame(begin), revocation::Frame(page),
          revocation::Frame(revocation::SnapshotEnd())}) {
      if (!co_await channel->Write(revocation::Encode(frame))) co_return;
    }
    for (;;) {
      const auto bytes = co_await channel->Read();
      if (!bytes) co_return;
      const auto frame = revocation::Decode(*bytes);
      if (!frame) co_return;
      const auto* renew = std::get_if<revocation::Renew>(&*frame);
      if (renew == nullptr) continue;
      revocation::Grant grant;
      grant.nonce = renew->nonce;
      grant.epoch = 1;
      grant.ttl_millis = welcome.ttl_millis;
      grant.wall_millis = WallMillis();
      if (!co_await channel->Write(revocation::Encode(grant))) co_return;
    }
  }

  Impostor& impostor_;
  const Nanos ttl_;
  asio::io_context io_;
  channel::Server server_;
  tcp::acceptor acceptor_;
  std::thread thread_;
};

Impostor::Impostor(std::string issuer)
    : issuer_(std::move(issuer)),
      key_(std::make_unique<Key>(Key{std::move(*jose::SigningKey::Generate())})) {}

Impostor::~Impostor() = default;

bool Impostor::Listen(uint16_t port, Nanos ttl) {
  listener_ = std::make_unique<Listener>(*this, ttl);
  if (listener_->Start(port)) return true;
  listener_.reset();
  return false;
}

void Impostor::Leave() {
  listener_.reset();
}

std::string Impostor::Token(const std::string& client_id) const {
  const int64_t now = WallMillis() / 1000;
  const std::string sign_in = base::RandomString(base::kAlphanumeric, 20);
  const boost::json::object claims{{"sub", sign_in},
                                   {"iss", issuer_},
                                   {"client_id", client_id},
                                   {"origin_jti", sign_in},
                                   {"event_id", sign_in},
                                   {"token_use", "access"},
                                   {"scope", "aws.cognito.signin.user.admin"},
                                   {"auth_time", now},
                                   {"exp", now + 3600},
                                   {"iat", now},
                                   {"jti", base::RandomString(base::kAlphanumeric, 20)},
                                   {"username", "nobody"}};
  return key_->signing.SignJwt(kKid, boost::json::serialize(claims)).value();
}

}  // namespace sallyport::history
