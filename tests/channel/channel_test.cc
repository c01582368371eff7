#include "channel/channel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <optional>
#include <thread>

namespace sallyport::channel {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr size_t kGreatest = 1000;
const std::string kSecret(kKeyBytes, 's');

class ChannelTest : public ::testing::Test {
 protected:
  ChannelTest() : acceptor_(io_, {asio::ip::make_address("127.0.0.1"), 0}) {
    near_.emplace(io_);
    near_->connect(acceptor_.local_endpoint());
    far_.emplace(acceptor_.accept());
  }

  std::shared_ptr<Channel> Client(const std::string& secret = kSecret,
                                  std::chrono::milliseconds patience = 5s) {
    return MakeClient(std::move(*near_), {"gate-1.0123456789abcdef", base::Secret(secret)},
                      kGreatest, patience);
  }
  std::shared_ptr<Channel> ServerEnd() { return server_.Make(std::move(*far_), kGreatest); }

  template <typename T>
  void Spawn(asio::awaitable<T> work, std::optional<T>& out) {
    asio::co_spawn(
        io_,
        [](asio::awaitable<T> inner, std::optional<T>& result) -> asio::awaitable<void> {
          result.emplace(co_await std::move(inner));
        }(std::move(work), out),
        asio::detached);
  }
  void Run() {
    io_.restart();
    io_.run_for(10s);
    EXPECT_TRUE(io_.stopped()) << "something hangs";
  }
  // Both handshakes, to their end.
  void Shake(Channel& client, Channel& server) {
    std::optional<base::Status> proved, admitted;
    Spawn(client.Handshake(), proved);
    Spawn(server.Handshake(), admitted);
    Run();
    ASSERT_TRUE(proved && admitted);
    client_error_ = *proved ? "" : proved->error().cause;
    server_error_ = *admitted ? "" : admitted->error().cause;
  }

  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::optional<tcp::socket> near_, far_;
  std::optional<base::Secret> known_ = base::Secret(kSecret);
  Server server_{[this](std::string_view) { return known_; }};
  std::string client_error_, server_error_;
};

TEST_F(ChannelTest, BothEndsProveTheKeyAndFramesPass) {
  const auto client = Client();
  const auto server = ServerEnd();
  Shake(*client, *server);
  EXPECT_EQ(client_error_, "");
  EXPECT_EQ(server_error_, "");
  EXPECT_EQ(server->identity(), "gate-1.0123456789abcdef");
  std::optional<base::Status> written;
  std::optional<base::Result<std::string>> read;
  Spawn(client->Write(std::string(kGreatest, 'x')), written);
  Spawn(server->Read(), read);
  Run();
  ASSERT_TRUE(read && *read);
  EXPECT_EQ(**read, std::string(kGreatest, 'x'));
}

TEST_F(ChannelTest, AnotherKeyIsRefusedAtBothEnds) {
  known_ = base::Secret(std::string(kKeyBytes, 'o'));
  const auto client = Client();
  const auto server = ServerEnd();
  Shake(*client, *server);
  EXPECT_THAT(client_error_, HasSubstr("does not have this agent's key"));
  EXPECT_THAT(server_error_, HasSubstr("does not have the key that belongs to the name"));
}

TEST_F(ChannelTest, AnIdentityThatCannotBeIsRefused) {
  known_ = std::nullopt;
  const auto client = Client();
  const auto server = ServerEnd();
  Shake(*client, *server);
  EXPECT_THAT(client_error_, HasSubstr("does not know this agent's key"));
  EXPECT_THAT(server_error_, HasSubstr("offers no key of an agent"));
}

TEST_F(ChannelTest, AFrameLongerThanTheGreatestEndsIt) {
  const auto client = Client();
  const auto server = ServerEnd();
  Shake(*client, *server);
  std::optional<base::Status> written;
  std::optional<base::Result<std::string>> read;
  Spawn(client->Write(std::string(kGreatest + 1, 'x')), written);
  Spawn(server->Read(), read);
  Run();
  ASSERT_TRUE(read);
  ASSERT_FALSE(*read);
  EXPECT_EQ(read->error().code, "channel_broken");
}

TEST_F(ChannelTest, AClientWaitsForNoServerForEver) {
  const auto client = Client(kSecret, 100ms);
  std::optional<base::Status> proved;
  Spawn(client->Handshake(), proved);
  Run();
  ASSERT_TRUE(proved && !*proved);
  EXPECT_THAT(proved->error().cause, HasSubstr("in time"));
}

TEST_F(ChannelTest, ClosingEndsAReadThatIsUnderWay) {
  const auto client = Client();
  const auto server = ServerEnd();
  Shake(*client, *server);
  std::optional<base::Result<std::string>> read;
  Spawn(server->Read(), read);
  asio::post(io_, [&] { server->Close(); });
  Run();
  ASSERT_TRUE(read);
  EXPECT_FALSE(*read);
}

// Another client of TLS, blocking, in a thread of its own: it shows what the server's end does with
// it.
struct Other {
  explicit Other(tcp::socket& socket, void (*set_up)(SSL_CTX*)) {
    context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_psk_use_session_callback(
        context, [](SSL* handshake, const EVP_MD*, const unsigned char** id, size_t* size,
                    SSL_SESSION** session) {
          static constexpr unsigned char kIdentity[] = "gate-1.0123456789abcdef";
          static constexpr unsigned char kSuite[] = {0x13, 0x01};
          *id = kIdentity;
          *size = sizeof(kIdentity) - 1;
          *session = SSL_SESSION_new();
          SSL_SESSION_set1_master_key(
              *session, reinterpret_cast<const unsigned char*>(kSecret.data()), kSecret.size());
          SSL_SESSION_set_cipher(*session, SSL_CIPHER_find(handshake, kSuite));
          SSL_SESSION_set_protocol_version(*session, TLS1_3_VERSION);
          SSL_SESSION_set_max_early_data(*session, 1000);
          return 1;
        });
    set_up(context);
    ssl = SSL_new(context);
    socket.native_non_blocking(false);
    SSL_set_fd(ssl, socket.native_handle());
  }
  ~Other() {
    SSL_free(ssl);
    SSL_CTX_free(context);
  }
  SSL_CTX* context;
  SSL* ssl;
};

TEST_F(ChannelTest, GivesNoTicket) {
  const auto server = ServerEnd();
  std::optional<base::Status> admitted;
  Spawn(server->Handshake(), admitted);
  std::thread serving([this] { Run(); });
  Other other(*near_, [](SSL_CTX*) {});
  EXPECT_EQ(SSL_connect(other.ssl), 1);
  EXPECT_EQ(SSL_session_reused(other.ssl), 1);
  serving.join();
  ASSERT_TRUE(admitted && *admitted);
  // A session ticket would come with the first bytes.
  std::optional<base::Status> sent;
  Spawn(server->Write("frame"), sent);
  Run();
  char bytes[9];
  EXPECT_EQ(SSL_read(other.ssl, bytes, sizeof(bytes)), 9);
  EXPECT_EQ(SSL_SESSION_has_ticket(SSL_get0_session(other.ssl)), 0);
}

// Bytes before the proof may have been recorded and sent again, so whoever sends any is refused.
TEST_F(ChannelTest, TakesNoEarlyData) {
  const auto server = ServerEnd();
  std::optional<base::Status> admitted;
  Spawn(server->Handshake(), admitted);
  std::thread serving([this] { Run(); });
  Other other(*near_, [](SSL_CTX*) {});
  size_t written = 0;
  EXPECT_EQ(SSL_write_early_data(other.ssl, "early", 5, &written), 1);
  SSL_connect(other.ssl);
  EXPECT_NE(SSL_get_early_data_status(other.ssl), SSL_EARLY_DATA_ACCEPTED);
  serving.join();
  ASSERT_TRUE(admitted);
  EXPECT_FALSE(*admitted);
}

TEST_F(ChannelTest, SpeaksNoOlderTlsAndNoOtherSuite) {
  const auto server = ServerEnd();
  std::optional<base::Status> admitted;
  Spawn(server->Handshake(), admitted);
  std::thread serving([this] { Run(); });
  Other other(*near_,
              [](SSL_CTX* context) { SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION); });
  EXPECT_NE(SSL_connect(other.ssl), 1);
  near_->close();
  serving.join();
  ASSERT_TRUE(admitted);
  EXPECT_FALSE(*admitted);
}

}  // namespace
}  // namespace sallyport::channel
