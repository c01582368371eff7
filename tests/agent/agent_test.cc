#include "agent/agent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>
#include <future>
#include <thread>

#include "jose/key.h"
#include "scripted_server.h"
#include "temporary_replica.h"

namespace sallyport::agent {
namespace {

using namespace revocation;  // frames
using ::testing::HasSubstr;

const base::Clock& RealClock() {
  return base::SystemClock::Get();
}

class AgentTest : public ::testing::Test {
 protected:
  ~AgentTest() override { StopAgent(); }

  Options DefaultOptions() {
    Options options;
    options.enrolment_file =
        files_.File("enrolment", channel::FormatEnrolment(server_.Enrol("gate-1")), 0600);
    options.replica_path = files_.path();
    options.metrics_listen = "127.0.0.1:0";
    return options;
  }
  void StartAgent(const Options& options) {
    io_ = std::make_unique<boost::asio::io_context>(1);
    auto agent = Agent::Start(*io_, options, RealClock());
    ASSERT_TRUE(agent.ok()) << agent.error().message << agent.error().cause;
    agent_ = std::move(agent).value();
    thread_ = std::thread([this] { io_->run(); });
  }
  void StopAgent() {
    if (!thread_.joinable()) return;
    boost::asio::post(*io_, [this] {
      agent_->Stop();
      io_->stop();
    });
    thread_.join();
    agent_.reset();
    io_.reset();
  }
  template <typename F>
  auto OnAgentsThread(F function) {
    std::promise<decltype(function())> promise;
    boost::asio::post(*io_, [&] { promise.set_value(function()); });
    return promise.get_future().get();
  }
  boost::json::object Status() {
    const std::string text = OnAgentsThread([this] { return agent_->StatusJson(); });
    return boost::json::parse(text).as_object();
  }
  std::string LastError() { return std::string(Status().at("last_error").as_string()); }
  template <typename Predicate>
  bool Eventually(Predicate predicate) {
    for (int i = 0; i < 500; ++i) {
      if (predicate()) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  }

  // Accepts an agent and takes it through the protocol until it follows, beginning with a snapshot.
  std::unique_ptr<ScriptedFeed> LoadSnapshot(uint64_t sequence,
                                             std::vector<Revocation> revocations) {
    auto feed = server_.Accept();
    if (!feed) return nullptr;
    hello_ = feed->Expect<Hello>();
    feed->Send(Welcome{Resume::kSnapshot, LogOf(1), 2000});
    feed->Send(SnapshotBegin{PositionAt(sequence), revocations.size()});
    feed->Send(SnapshotPage{std::move(revocations)});
    feed->Send(SnapshotEnd{});
    EXPECT_EQ(feed->Expect<Ack>().sequence, sequence);
    return feed;
  }
  void GrantLease(ScriptedFeed& feed, uint64_t epoch, uint32_t ttl = 2000) {
    const Renew renew = feed.Expect<Renew>();
    feed.Send(Grant{renew.nonce, epoch, ttl, RealClock().WallMillis()});
  }
  bool LeaseHolds() {
    const auto reader = files_.Reader();
    return reader && reader->CheckLease(reader->epoch(), RealClock()) == Lease::kHolds;
  }

  ScriptedServer server_;
  TemporaryReplica files_;
  Hello hello_;
  std::unique_ptr<boost::asio::io_context> io_;
  std::unique_ptr<Agent> agent_;
  std::thread thread_;
};

TEST_F(AgentTest, LoadsASnapshotAndTakesALease) {
  StartAgent(DefaultOptions());
  const auto feed = LoadSnapshot(7, {Family("a")});
  ASSERT_NE(feed, nullptr);
  EXPECT_EQ(feed->identity(), "gate-1.0123456789abcdef");
  EXPECT_EQ(hello_.log, LogId{});
  EXPECT_EQ(hello_.name, "gate-1");
  EXPECT_FALSE(LeaseHolds());
  GrantLease(*feed, 5);
  EXPECT_TRUE(Eventually([&] { return LeaseHolds(); }));
  EXPECT_TRUE(HoldsFamily(*files_.Reader(), "a"));
  EXPECT_EQ(files_.Reader()->epoch(), 5U);
}

// The order on which the promise rests: whoever reads the acknowledgement finds the entry applied.
TEST_F(AgentTest, AppliesBeforeItAcknowledges) {
  StartAgent(DefaultOptions());
  const auto feed = LoadSnapshot(0, {});
  ASSERT_NE(feed, nullptr);
  const auto reader = files_.Reader();
  for (uint64_t i = 1; i <= 200; ++i) {
    feed->Send(Entries{PositionAt(i), {Family(std::to_string(i))}});
    ASSERT_EQ(feed->Expect<Ack>().sequence, i);
    ASSERT_TRUE(HoldsFamily(*reader, std::to_string(i))) << i;
  }
}

TEST_F(AgentTest, PublishedKeysReachReaders) {
  StartAgent(DefaultOptions());
  const auto key = jose::SigningKey::Generate();
  ASSERT_TRUE(key.ok());
  const jose::PublicKey half = key->ToPublic();
  const auto feed =
      LoadSnapshot(1, {{Kind::kKeyPublished, "https://i k1", half.ToJwk("k1"), kNever}});
  ASSERT_NE(feed, nullptr);
  const auto reader = files_.Reader();
  const uint32_t slot = reader->FindKey("https://i", "k1");
  ASSERT_NE(slot, ReplicaReader::kNoKey);
  const auto copy = jose::PublicKey::FromModulus(reader->key_n(slot), reader->key_e(slot));
  ASSERT_TRUE(copy.ok());
  EXPECT_TRUE(std::equal(copy->n().begin(), copy->n().end(), half.n().begin(), half.n().end()));
  feed->Send(Entries{PositionAt(2), {{Kind::kKeyWithdrawn, "https://i k1", "", kNever}}});
  feed->Expect<Ack>();
  EXPECT_EQ(reader->key_state(slot), KeyState::kWithdrawn);
}

TEST_F(AgentTest, ALateGrantGivesNoMoreTimeThanWasAsked) {
  StartAgent(DefaultOptions());
  const auto feed = LoadSnapshot(1, {});
  ASSERT_NE(feed, nullptr);
  const Renew renew = feed->Expect<Renew>();
  const int64_t asked_before = RealClock().BootNanos();
  std::this_thread::sleep_for(std::chrono::milliseconds(150));
  feed->Send(Grant{renew.nonce, 5, 2000, RealClock().WallMillis()});
  ASSERT_TRUE(Eventually([&] { return LeaseHolds(); }));
  EXPECT_LE(files_.Reader()->expiry(), asked_before + 2'000'000'000);
}

TEST_F(AgentTest, AfterALossItComesBackSoonAndResumes) {
  StartAgent(DefaultOptions());
  auto feed = LoadSnapshot(7, {Family("a")});
  ASSERT_NE(feed, nullptr);
  GrantLease(*feed, 5);
  ASSERT_TRUE(Eventually([&] { return LeaseHolds(); }));
  const InstanceId instance = hello_.instance;
  const int64_t lost_at = RealClock().MonotonicNanos();
  feed.reset();
  feed = server_.Accept();
  ASSERT_NE(feed, nullptr);
  EXPECT_LT(RealClock().MonotonicNanos() - lost_at, 1'000'000'000);
  const Hello again = feed->Expect<Hello>();
  EXPECT_EQ(again.instance, instance);
  EXPECT_EQ(again.log, LogOf(1));
  EXPECT_EQ(again.position, PositionAt(7));
  EXPECT_TRUE(LeaseHolds()) << "a lease outlives the connection";
  EXPECT_TRUE(again.holds_lease) << "and the agent says so";
  feed->Send(Welcome{Resume::kTail, LogOf(1), 2000});
  EXPECT_EQ(feed->Expect<Ack>().sequence, 7U);
  feed->Send(Entries{PositionAt(8), {Family("b")}});
  EXPECT_EQ(feed->Expect<Ack>().sequence, 8U);
  EXPECT_TRUE(HoldsFamily(*files_.Reader(), "b"));
}

// The server's mark is sent back only with the position to which it belongs.
TEST_F(AgentTest, ShowsTheMarkOfItsPosition) {
  const auto mark = [](uint8_t fill) {
    PositionMark bytes{};
    bytes.fill(fill);
    return bytes;
  };
  StartAgent(DefaultOptions());
  auto feed = server_.Accept();
  ASSERT_NE(feed, nullptr);
  EXPECT_EQ(feed->Expect<Hello>().mark, PositionMark{});
  feed->Send(Welcome{Resume::kSnapshot, LogOf(1), 2000});
  feed->Send(SnapshotBegin{PositionAt(7), 0});
  feed->Send(SnapshotEnd{mark(7)});
  feed->Expect<Ack>();
  feed.reset();
  feed = server_.Accept();
  ASSERT_NE(feed, nullptr);
  EXPECT_EQ(feed->Expect<Hello>().mark, mark(7));
  feed->Send(Welcome{Resume::kTail, LogOf(1), 2000});
  feed->Expect<Ack>();
  feed->Send(Entries{PositionAt(8), {Family("b")}, mark(8)});
  feed->Expect<Ack>();
  StopAgent();
  StartAgent(DefaultOptions());
  feed = server_.Accept();
  ASSERT_NE(feed, nullptr);
  const Hello again = feed->Expect<Hello>();
  EXPECT_EQ(again.position, PositionAt(8));
  EXPECT_EQ(again.mark, mark(8)) << "kept in the file";
}

TEST_F(AgentTest, ARestartedAgentResumesAsAnotherInstance) {
  StartAgent(DefaultOptions());
  auto feed = LoadSnapshot(7, {Family("a")});
  ASSERT_NE(feed, nullptr);
  const InstanceId instance = hello_.instance;
  StopAgent();
  StartAgent(DefaultOptions());
  feed = server_.Accept();
  ASSERT_NE(feed, nullptr);
  const Hello again = feed->Expect<Hello>();
  EXPECT_NE(again.instance, instance);
  EXPECT_EQ(again.position, PositionAt(7));
  EXPECT_FALSE(again.holds_lease) << "it took the lease out of the file that it found";
}

TEST_F(AgentTest, StoppingTakesTheLeaseOut) {
  StartAgent(DefaultOptions());
  const auto feed = LoadSnapshot(7, {});
  ASSERT_NE(feed, nullptr);
  GrantLease(*feed, 5);
  ASSERT_TRUE(Eventually([&] { return LeaseHolds(); }));
  StopAgent();
  EXPECT_FALSE(LeaseHolds());
}

TEST_F(AgentTest, LeavesAServerThatSpeaksNonsense) {
  StartAgent(DefaultOptions());
  auto feed = LoadSnapshot(7, {});
  ASSERT_NE(feed, nullptr);
  feed->Send(std::string("\xff nonsense"));
  feed = server_.Accept();
  ASSERT_NE(feed, nullptr);
  feed->Expect<Hello>();
  feed->Send(Goodbye{"restored store"});
  feed = server_.Accept();
  ASSERT_NE(feed, nullptr);
  EXPECT_TRUE(Eventually([&] { return Status().at("last_error") == "restored store"; }));
}

TEST_F(AgentTest, NoticesASilentServer) {
  StartAgent(DefaultOptions());
  auto feed = LoadSnapshot(7, {});
  ASSERT_NE(feed, nullptr);
  const auto silent = std::move(feed);  // open, and mute
  const int64_t since = RealClock().MonotonicNanos();
  feed = server_.Accept();
  ASSERT_NE(feed, nullptr);
  EXPECT_LT(RealClock().MonotonicNanos() - since, 8'000'000'000);
}

TEST_F(AgentTest, SaysHowItIs) {
  StartAgent(DefaultOptions());
  const std::string jwk = jose::SigningKey::Generate()->ToPublic().ToJwk("k1");
  const auto feed =
      LoadSnapshot(7, {Family("a"), {Kind::kKeyPublished, "https://i k1", jwk, kNever}});
  ASSERT_NE(feed, nullptr);
  feed->Send(NoGrant{feed->Expect<Renew>().nonce, "behind"});
  EXPECT_TRUE(Eventually([&] { return Status().at("refusal") == "behind"; }));
  Options options;
  options.replica_path = files_.path();
  EXPECT_EQ(RunAgentStatus(options), 1) << "no lease";
  GrantLease(*feed, 5);
  ASSERT_TRUE(Eventually([&] { return LeaseHolds(); }));
  EXPECT_EQ(RunAgentStatus(options), 0);
  feed->Send(Entries{PositionAt(8), {{Kind::kKeyWithdrawn, "https://i k1", "", kNever}}});
  feed->Expect<Ack>();
  EXPECT_EQ(RunAgentStatus(options), 1) << "a lease under which every token is denied";
  const boost::json::object status = Status();
  EXPECT_EQ(status.at("sequence"), 8);
  EXPECT_EQ(status.at("entries"), 1);
  EXPECT_EQ(status.at("connected"), true);

  boost::asio::io_context io;
  boost::beast::tcp_stream stream(io);
  stream.connect(
      boost::asio::ip::tcp::endpoint(boost::asio::ip::make_address("127.0.0.1"),
                                     OnAgentsThread([this] { return agent_->metrics_port(); })));
  namespace http = boost::beast::http;
  http::request<http::empty_body> request(http::verb::get, "/metrics", 11);
  request.set(http::field::host, "127.0.0.1");
  http::write(stream, request);
  boost::beast::flat_buffer buffer;
  http::response<http::string_body> response;
  http::read(stream, buffer, response);
  EXPECT_EQ(response.count(http::field::date), 1U);
  EXPECT_THAT(response.body(), HasSubstr("\nsallyport_agent_sequence 8\n"));
  EXPECT_THAT(response.body(), HasSubstr("\nsallyport_agent_grants_total 1\n"));
  StopAgent();
  EXPECT_EQ(RunAgentStatus(options), 2) << "nobody answers";
}

TEST_F(AgentTest, RefusesToStartWithWhatCannotWork) {
  boost::asio::io_context io;
  const auto message = [&](Options options) {
    const auto agent = Agent::Start(io, std::move(options), RealClock());
    return agent.ok() ? "started" : agent.error().message + agent.error().cause;
  };
  Options options = DefaultOptions();
  const std::string enrolment = channel::FormatEnrolment(server_.Enrol("gate-1"));
  options.enrolment_file = files_.File("open", enrolment, 0640);
  EXPECT_THAT(message(options), HasSubstr("others may read"));
  options.enrolment_file = files_.path() + ".none";
  EXPECT_THAT(message(options), HasSubstr("No such file"));
  options.enrolment_file = files_.File("token", "s3cret\n", 0600);
  EXPECT_THAT(message(options), HasSubstr("not an enrolment"));
  for (const char* server : {"", "http://127.0.0.1:80", "127.0.0.1", "h:0", "h:70000"}) {
    options = DefaultOptions();
    options.servers = {server};
    EXPECT_THAT(message(options), HasSubstr("must be HOST:PORT")) << server;
  }
  options = DefaultOptions();
  options.metrics_listen = "127.0.0.1:" + server_.port();
  EXPECT_THAT(message(options), HasSubstr("Address already in use"));
  StartAgent(DefaultOptions());
  EXPECT_THAT(message(DefaultOptions()), HasSubstr("another agent"));
}

// ---- Who is at the other end

struct Certificate {
  std::string certificate_pem, key_pem;
};

Certificate SelfSigned(const std::string& subject_alternative_name) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
  X509_set_pubkey(certificate, key);
  X509_EXTENSION* names =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, subject_alternative_name.c_str());
  X509_add_ext(certificate, names, -1);
  X509_EXTENSION_free(names);
  X509_sign(certificate, key, EVP_sha256());
  BIO* bio = BIO_new(BIO_s_mem());
  const auto take = [bio] {
    char* data = nullptr;
    const auto size = static_cast<size_t>(BIO_get_mem_data(bio, &data));
    std::string text(data, size);
    (void)BIO_reset(bio);
    return text;
  };
  Certificate result;
  PEM_write_bio_X509(bio, certificate);
  result.certificate_pem = take();
  PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
  result.key_pem = take();
  BIO_free(bio);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return result;
}

TEST_F(AgentTest, SaysWhatIsWrongWithAServerOfAnotherKey) {
  Options options = DefaultOptions();
  server_.Know(std::string(channel::kKeyBytes, 'x'));
  StartAgent(options);
  EXPECT_EQ(server_.Accept(), nullptr);
  EXPECT_TRUE(Eventually([&] { return LastError().ends_with("its key file is another one"); }))
      << LastError();
  EXPECT_EQ(Status().at("connects"), 0);
}

// What an impostor can do at best: it takes the port, and shows a certificate that anybody would
// trust.
TEST_F(AgentTest, BelievesNoCertificate) {
  const Certificate certificate = SelfSigned("IP:127.0.0.1");
  boost::asio::ssl::context tls(boost::asio::ssl::context::tls_server);
  tls.use_certificate(boost::asio::buffer(certificate.certificate_pem),
                      boost::asio::ssl::context::pem);
  tls.use_private_key(boost::asio::buffer(certificate.key_pem), boost::asio::ssl::context::pem);
  StartAgent(DefaultOptions());
  auto socket = server_.AcceptSocket();
  ASSERT_TRUE(socket);
  boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream(std::move(*socket), tls);
  boost::system::error_code error;
  stream.handshake(boost::asio::ssl::stream_base::server, error);
  char byte = 0;
  boost::asio::read(stream, boost::asio::buffer(&byte, 1), error);
  EXPECT_TRUE(error) << "the agent said something";
  EXPECT_TRUE(Eventually([&] {
    return LastError().find("shows a certificate instead of proving") != std::string::npos;
  })) << LastError();
  EXPECT_EQ(Status().at("connects"), 0);
}

TEST_F(AgentTest, SaysWhatIsWrongWithAPortOfSomebodyElse) {
  StartAgent(DefaultOptions());
  auto socket = server_.AcceptSocket();
  ASSERT_TRUE(socket);
  boost::asio::write(*socket, boost::asio::buffer(std::string("HTTP/1.1 400 Bad Request\r\n\r\n")));
  EXPECT_TRUE(Eventually([&] {
    return LastError().find("does not speak TLS") != std::string::npos;
  })) << LastError();
  socket->close();
}

TEST_F(AgentTest, SaysThatNobodyListens) {
  Options options = DefaultOptions();
  options.servers = {"127.0.0.1:1"};
  StartAgent(options);
  EXPECT_TRUE(Eventually([&] {
    return LastError().find("127.0.0.1:1: nothing listens there") != std::string::npos;
  })) << LastError();
}

TEST_F(AgentTest, TriesItsServersInTurn) {
  Options options = DefaultOptions();
  options.servers = {"127.0.0.1:1", "127.0.0.1:" + server_.port()};
  StartAgent(options);
  EXPECT_NE(server_.Accept(), nullptr);
}

// One that stands still has granted a moment ago, and counts as ready for seconds yet.
TEST_F(AgentTest, LeavesAServerThatGrantsNothingAnyMoreAndDoesNotComeBackToItAtOnce) {
  Options options = DefaultOptions();
  options.servers = {"127.0.0.1:" + server_.port(), "localhost:" + server_.port()};
  StartAgent(options);
  const auto first = LoadSnapshot(3, {});
  ASSERT_NE(first, nullptr);
  GrantLease(*first, 5);
  const auto second = server_.Accept();
  ASSERT_NE(second, nullptr);
  EXPECT_EQ(second->Expect<Hello>().position.sequence, 3U);
  second->Send(Welcome{Resume::kTail, LogOf(1), 2000});
  EXPECT_EQ(second->Expect<Ack>().sequence, 3U);
  // The second one is asked half as often. By the end it could be come back to, if it were
  // preferred.
  for (int i = 0; i < 9; ++i) {
    GrantLease(*first, 5);
    GrantLease(*first, 5);
    GrantLease(*second, 6);
  }
  ASSERT_EQ(Status().at("moves").to_number<int>(), 0);
  // From here on the first one says nothing.
  for (int i = 0; i < 4; ++i) GrantLease(*second, 6);
  EXPECT_EQ(Status().at("moves").to_number<int>(), 1);
  EXPECT_TRUE(LeaseHolds());
}

}  // namespace
}  // namespace sallyport::agent
