#include "channel/channel.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/sslerr.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <utility>

#ifdef SALLYPORT_TEST_FAULTS
#include "base/test_fault.h"
#endif

namespace sallyport::channel {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr const char* kSuite = "TLS_AES_128_GCM_SHA256";
constexpr std::array<unsigned char, 2> kSuiteNumber = {0x13, 0x01};
constexpr const char* kGroup = "X25519";

// The data for the callbacks of one handshake.
struct Proof {
  const Key* own = nullptr;          // at the Agent's end
  const FindSecret* find = nullptr;  // at the server's end
  std::string claimed;               // the identity that was found last
};

void Must(bool done) {
  if (!done) std::abort();
}

int ProofIndex() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

Proof* ProofOf(SSL* ssl) {
  return static_cast<Proof*>(SSL_get_ex_data(ssl, ProofIndex()));
}

// What OpenSSL calls an external pre-shared key: a session that never took place. Its hash is that
// of the only cipher suite.
SSL_SESSION* SessionOf(SSL* ssl, const base::Secret& secret) {
  std::string_view bytes = secret.Reveal();
#ifdef SALLYPORT_TEST_FAULTS
  // A key that everybody knows.
  static const std::string any(kKeyBytes, '\0');
  if (base::TestFault("any-key")) bytes = any;
#endif
  SSL_SESSION* session = SSL_SESSION_new();
  const SSL_CIPHER* suite = SSL_CIPHER_find(ssl, kSuiteNumber.data());
  if (session != nullptr && suite != nullptr && bytes.size() == kKeyBytes &&
      SSL_SESSION_set1_master_key(session, reinterpret_cast<const unsigned char*>(bytes.data()),
                                  bytes.size()) == 1 &&
      SSL_SESSION_set_cipher(session, suite) == 1 &&
      SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) == 1) {
    return session;
  }
  SSL_SESSION_free(session);
  return nullptr;
}

int OfferKey(SSL* ssl, const EVP_MD*, const unsigned char** identity, size_t* identity_size,
             SSL_SESSION** session) {
  const Key& key = *ProofOf(ssl)->own;
  *session = SessionOf(ssl, key.secret);
  *identity = reinterpret_cast<const unsigned char*>(key.identity.data());
  *identity_size = key.identity.size();
  return *session != nullptr ? 1 : 0;
}

// If there is none, OpenSSL goes on to certificates, of which there are none either.
int FindKey(SSL* ssl, const unsigned char* identity, size_t identity_size, SSL_SESSION** session) {
  Proof& proof = *ProofOf(ssl);
  *session = nullptr;
  std::string claimed(reinterpret_cast<const char*>(identity), identity_size);
  const std::optional<base::Secret> secret = (*proof.find)(claimed);
  if (!secret) return 1;
  *session = SessionOf(ssl, *secret);
  proof.claimed = std::move(claimed);
  return *session != nullptr ? 1 : 0;
}

void SetUp(asio::ssl::context& context) {
  SSL_CTX* native = context.native_handle();
  Must(SSL_CTX_set_min_proto_version(native, TLS1_3_VERSION) == 1 &&
       SSL_CTX_set_max_proto_version(native, TLS1_3_VERSION) == 1 &&
       SSL_CTX_set_ciphersuites(native, kSuite) == 1 &&
       SSL_CTX_set1_groups_list(native, kGroup) == 1 && SSL_CTX_set_num_tickets(native, 0) == 1 &&
       SSL_CTX_set_max_early_data(native, 0) == 1 &&
       SSL_CTX_set_recv_max_early_data(native, 0) == 1);
  SSL_CTX_set_options(native, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode(native, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(native, SSL_MODE_RELEASE_BUFFERS);
}

std::unique_ptr<asio::ssl::context> ClientContext() {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
  SetUp(*context);
  // There are no trusted authorities: a certificate in place of the proof is always refused.
  SSL_CTX_set_verify(context->native_handle(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_psk_use_session_callback(context->native_handle(), OfferKey);
  return context;
}

std::unique_ptr<asio::ssl::context> ServerContext() {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  SetUp(*context);
  SSL_CTX_set_psk_find_session_callback(context->native_handle(), FindKey);
  return context;
}

base::Error Ended(const error_code& error) {
  return {"channel_ended", "the connection has ended", error.message()};
}

// Why the Agent does not trust the server that it has reached.
std::string WhyNotBelieved(const error_code& error) {
  if (error.category() == asio::error::get_ssl_category()) {
    switch (ERR_GET_REASON(static_cast<unsigned long>(error.value()))) {
      case SSL_R_SSLV3_ALERT_ILLEGAL_PARAMETER:
      case SSL_R_TLSV1_ALERT_DECRYPT_ERROR:
        return "the server there does not have this agent's key: it is not the server that "
               "enrolled the agent, or its key file is another one";
      case SSL_R_SSLV3_ALERT_HANDSHAKE_FAILURE:
        return "what listens there does not know this agent's key: it is not the server that "
               "enrolled the agent";
      case SSL_R_CERTIFICATE_VERIFY_FAILED:
        return "what listens there shows a certificate instead of proving that it knows this "
               "agent's key: it is not the server that enrolled the agent";
      case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC:
      case SSL_R_DIGEST_CHECK_FAILED:
        return "what listens there claims to know this agent's key, but does not: it is not the "
               "server that enrolled the agent";
      case SSL_R_WRONG_VERSION_NUMBER:
      case SSL_R_PACKET_LENGTH_TOO_LONG:
      case SSL_R_UNEXPECTED_MESSAGE:
      case SSL_R_INVALID_ALERT:
        return "what listens there does not speak TLS, so it is not the feed: name the "
               "server's --feed-listen address, and check that the server is not an older one";
      case SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
      case SSL_R_UNSUPPORTED_PROTOCOL:
        return "what listens there does not speak TLS 1.3: it is not the server that enrolled the "
               "agent";
      default:
        break;
    }
  }
  if (error == asio::error::eof || error == asio::ssl::error::stream_truncated ||
      error == asio::error::connection_reset) {
    return "what listens there closed the connection before it proved that it knows this agent's "
           "key";
  }
  return "what listens there did not prove that it knows this agent's key: " + error.message();
}

std::string WhyNotAdmitted(const error_code& error) {
  if (error.category() == asio::error::get_ssl_category()) {
    switch (ERR_GET_REASON(static_cast<unsigned long>(error.value()))) {
      case SSL_R_BINDER_DOES_NOT_VERIFY:
        return "it does not have the key that belongs to the name that it gives";
      case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
      case SSL_R_NO_SHARED_CIPHER:
        return "it offers no key of an agent";
      default:
        break;
    }
  }
  return error.message();
}

// ---- The socket as OpenSSL uses it: it never waits, and no signal comes of it. OpenSSL's own kind
// of BIO for sockets would raise SIGPIPE, and Asio's stream would hold 68 KiB for each connection.

int SocketOf(BIO* bio) {
  return *static_cast<const int*>(BIO_get_data(bio));
}

// The result of a call on the socket, as OpenSSL expects it.
int Transferred(BIO* bio, ssize_t bytes, int again) {
  BIO_clear_retry_flags(bio);
  const bool waits = bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
  if (waits) BIO_set_flags(bio, again | BIO_FLAGS_SHOULD_RETRY);
  return static_cast<int>(bytes);
}

int SendToSocket(BIO* bio, const char* bytes, int size) {
  const ssize_t sent = ::send(SocketOf(bio), bytes, static_cast<size_t>(size), MSG_NOSIGNAL);
  return Transferred(bio, sent, BIO_FLAGS_WRITE);
}

int ReadFromSocket(BIO* bio, char* bytes, int size) {
  return Transferred(bio, ::recv(SocketOf(bio), bytes, static_cast<size_t>(size), 0),
                     BIO_FLAGS_READ);
}

// Everything is sent as soon as it is written.
long ControlSocket(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

const BIO_METHOD* SocketMethod() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    Must(made != nullptr && BIO_meth_set_write(made, SendToSocket) == 1 &&
         BIO_meth_set_read(made, ReadFromSocket) == 1 &&
         BIO_meth_set_ctrl(made, ControlSocket) == 1);
    return made;
  }();
  return method;
}

struct FreeSsl {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

class TlsChannel : public Channel {
 public:
  TlsChannel(tcp::socket socket, asio::ssl::context& context, size_t greatest_frame)
      : socket_(std::move(socket)),
        descriptor_(socket_.native_handle()),
        ssl_(SSL_new(context.native_handle())),
        greatest_frame_(greatest_frame) {
    error_code ignored;
    socket_.native_non_blocking(true, ignored);
    BIO* const bio = BIO_new(SocketMethod());
    Must(ssl_ != nullptr && bio != nullptr);
    BIO_set_data(bio, &descriptor_);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    Must(SSL_set_ex_data(ssl_.get(), ProofIndex(), &proof_) == 1);
  }

  asio::awaitable<base::Status> Handshake() override {
    SSL* const ssl = ssl_.get();
    const bool client = proof_.own != nullptr;
    error_code error;
    while (!error) {
      ERR_clear_error();
      errno = 0;
      const int done = client ? SSL_connect(ssl) : SSL_accept(ssl);
      if (done == 1) break;
      const Pause pause = PauseAfter(done);
      error = pause.error;
      if (!error) error = co_await Await(pause.until);
    }
    if (error) {
      co_return base::Error{"channel_refused", "the other end has not proved who it is",
                            client ? WhyNotBelieved(error) : WhyNotAdmitted(error)};
    }
    // A handshake without the key proves nothing, whatever else was shown.
    if (SSL_session_reused(ssl) != 1 || SSL_version(ssl) != TLS1_3_VERSION ||
        SSL_get0_peer_certificate(ssl) != nullptr) {
      co_return base::Error{"channel_refused", "the other end has not proved who it is",
                            "the connection is not based on the agent's key"};
    }
    identity_ = client ? proof_.own->identity : proof_.claimed;
    co_return base::Status();
  }

  asio::awaitable<base::Result<std::string>> Read() override {
    has_waited_ = false;
    uint32_t size = 0;
    error_code error = co_await Fill(reinterpret_cast<char*>(&size), sizeof(size));
    if (error) co_return Ended(error);
    if (size == 0 || size > greatest_frame_) {
      co_return base::Error{"channel_broken",
                            "the other end sent something that the feed's protocol does not allow",
                            "a frame of " + std::to_string(size) + " bytes"};
    }
    std::string frame(size, '\0');
    error = co_await Fill(frame.data(), frame.size());
    if (error) co_return Ended(error);
    // Whoever sends one frame after the other lets others have their turns.
    if (!has_waited_) co_await asio::post(asio::use_awaitable);
    co_return frame;
  }

  asio::awaitable<base::Status> Write(std::string frame) override {
    const auto size = static_cast<uint32_t>(frame.size());
    char prefix[sizeof(size)];
    std::memcpy(prefix, &size, sizeof(size));
    frame.insert(0, prefix, sizeof(size));
    size_t written = 0;
    while (true) {
      errno = 0;
      ERR_clear_error();
      const int done = SSL_write_ex(ssl_.get(), frame.data(), frame.size(), &written);
      if (done == 1) co_return base::Status();
      const Pause pause = PauseAfter(done);
      error_code error = pause.error;
      if (!error) error = co_await Await(pause.until);
      if (error) co_return Ended(error);
    }
  }

  // shutdown(2) and not close(2): this is safe while other threads use the socket, and its number
  // is not reused.
  void Close() override { ::shutdown(socket_.native_handle(), SHUT_RDWR); }
  const std::string& identity() const override { return identity_; }
  int native_handle() override { return socket_.native_handle(); }

 protected:
  Proof proof_;
  tcp::socket socket_;

 private:
  // What has to be awaited before a call that OpenSSL could not finish is tried again; or why it
  // can never be finished. (A co_await is never a part of a conditional expression here: g++ 12
  // awaits it in either case.)
  struct Pause {
    tcp::socket::wait_type until = tcp::socket::wait_read;
    error_code error;
  };
  // Right after the call, on the same thread.
  Pause PauseAfter(int result) const {
    const int failed_with = errno;
    switch (SSL_get_error(ssl_.get(), result)) {
      case SSL_ERROR_WANT_READ:
        return {tcp::socket::wait_read, {}};
      case SSL_ERROR_WANT_WRITE:
        return {tcp::socket::wait_write, {}};
      case SSL_ERROR_ZERO_RETURN:
        return {{}, asio::error::eof};
      case SSL_ERROR_SSL: {
        const unsigned long why = ERR_get_error();
        if (ERR_GET_REASON(why) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
          return {{}, asio::ssl::error::stream_truncated};
        }
        return {{}, error_code(static_cast<int>(why), asio::error::get_ssl_category())};
      }
      default:
        if (failed_with == 0) return {{}, asio::ssl::error::stream_truncated};
        return {{}, error_code(failed_with, boost::system::system_category())};
    }
  }

  asio::awaitable<error_code> Await(tcp::socket::wait_type until) {
    const auto [error] = co_await socket_.async_wait(until, kTuple);
    co_return error;
  }

  asio::awaitable<error_code> Fill(char* to, size_t size) {
    size_t taken = 0;
    while (taken < size) {
      size_t read = 0;
      errno = 0;
      ERR_clear_error();
      const int done = SSL_read_ex(ssl_.get(), to + taken, size - taken, &read);
      if (done == 1) {
        taken += read;
        continue;
      }
      const Pause pause = PauseAfter(done);
      has_waited_ = true;
      error_code error = pause.error;
      if (!error) error = co_await Await(pause.until);
      if (error) co_return error;
    }
    co_return error_code();
  }

  int descriptor_;  // as OpenSSL's BIO is given it
  const std::unique_ptr<SSL, FreeSsl> ssl_;
  const size_t greatest_frame_;
  bool has_waited_ = false;  // for the frame that is being read
  std::string identity_;
};

static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
              "a frame's length is copied in this machine's byte order");

class ClientChannel final : public TlsChannel, public std::enable_shared_from_this<ClientChannel> {
 public:
  // The context may be destroyed, because its SSL object holds a reference to the native one.
  ClientChannel(tcp::socket socket, asio::ssl::context& context, Key key, size_t greatest_frame,
                std::chrono::milliseconds patience)
      : TlsChannel(std::move(socket), context, greatest_frame),
        key_(std::move(key)),
        patience_(patience) {
    proof_.own = &key_;
  }

  asio::awaitable<base::Status> Handshake() override {
    asio::steady_timer timer(socket_.get_executor());
    timer.expires_after(patience_);
    timer.async_wait([weak = weak_from_this()](const error_code& cancelled) {
      const auto self = weak.lock();
      if (cancelled || !self) return;
      self->late_ = true;
      self->Close();
    });
    base::Status done = co_await TlsChannel::Handshake();
    timer.cancel();
    if (!done && late_) {
      co_return base::Error{"channel_refused", "the other end has not proved who it is",
                            "what listens there did not answer in time"};
    }
    co_return done;
  }

 private:
  const Key key_;
  const std::chrono::milliseconds patience_;
  bool late_ = false;
};

class ServerChannel final : public TlsChannel {
 public:
  ServerChannel(tcp::socket socket, asio::ssl::context& context, const FindSecret& find,
                size_t greatest_frame)
      : TlsChannel(std::move(socket), context, greatest_frame) {
    proof_.find = &find;
  }
};

}  // namespace

std::shared_ptr<Channel> MakeClient(tcp::socket socket, Key key, size_t greatest_frame,
                                    std::chrono::milliseconds patience) {
  const auto context = ClientContext();
  return std::make_shared<ClientChannel>(std::move(socket), *context, std::move(key),
                                         greatest_frame, patience);
}

class Server::Shared {
 public:
  explicit Shared(FindSecret find_secret)
      : find(std::move(find_secret)), context(ServerContext()) {}
  const FindSecret find;
  const std::unique_ptr<asio::ssl::context> context;
};

Server::Server(FindSecret find) : shared_(std::make_unique<Shared>(std::move(find))) {}
Server::~Server() = default;

std::shared_ptr<Channel> Server::Make(tcp::socket socket, size_t greatest_frame) {
  return std::make_shared<ServerChannel>(std::move(socket), *shared_->context, shared_->find,
                                         greatest_frame);
}

}  // namespace sallyport::channel
