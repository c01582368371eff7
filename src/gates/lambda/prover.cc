#include "lambda/prover.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <optional>
#include <span>
#include <string_view>
#include <thread>
#include <utility>

#include "agent/feed_connection.h"
#include "base/log.h"
#ifdef SALLYPORT_TEST_FAULTS
#include "base/test_fault.h"
#endif
#include "jose/key.h"
#include "revocation/frame.h"
#include "revocation/mapped_file.h"

namespace sallyport::lambda {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

// A connection that was used before may have been dropped silently while this process was frozen.
constexpr milliseconds kPatienceWithOldConnection{1'000};
constexpr milliseconds kPause{50};
// How many slices of a rebuild are done at a time.
constexpr int kSlices = 200;

std::optional<revocation::KeyMaterial> KeyOf(std::string_view jwk) {
  const auto key = jose::PublicKey::FromJwk(jwk, nullptr);
  if (!key) return std::nullopt;
  const auto text = [](std::span<const uint8_t> bytes) {
    return std::string(bytes.begin(), bytes.end());
  };
  return revocation::KeyMaterial{text(key->n()), text(key->e())};
}

std::string Encoded(const revocation::Frame& frame) {
  return revocation::Encode(frame, revocation::kAskingVersion);
}

#ifdef SALLYPORT_TEST_FAULTS
// An answer is used for later requests, too.
bool KeepsPosition() {
  return base::TestFault("keeps-position");
}
#endif

base::Error NoProof(std::string cause) {
  return {"feed_unreachable", "the server gives no position", std::move(cause)};
}

}  // namespace

base::Result<std::unique_ptr<Prover>> Prover::Open(const channel::Enrolment& enrolment,
                                                   const std::string& directory,
                                                   const base::Clock& clock) {
  revocation::ReplicaWriter::Options options;
  options.path = directory + "/replica";
  options.parse_key = KeyOf;
  options.clock = &clock;
  revocation::MappedFile::SurviveCutFiles();
  SALLYPORT_ASSIGN(auto writer, revocation::ReplicaWriter::Open(std::move(options)));
  return std::unique_ptr<Prover>(new Prover(enrolment, clock, std::move(writer)));
}

Prover::Prover(const channel::Enrolment& enrolment, const base::Clock& clock,
               std::unique_ptr<revocation::ReplicaWriter> writer)
    : enrolment_(enrolment),
      writer_(std::move(writer)),
      asker_(*writer_, clock, enrolment.name),
      io_(std::make_unique<asio::io_context>(1)) {}

Prover::~Prover() {
  Disconnect();
}

base::Status Prover::Prove(milliseconds patience) {
#ifdef SALLYPORT_TEST_FAULTS
  if (KeepsPosition() && asker_.answer() == agent::Asker::Answer::kProved) return {};
#endif
  const Deadline until = std::chrono::steady_clock::now() + patience;
  base::Status proved = NoProof("no attempt was made");
  while (std::chrono::steady_clock::now() < until) {
    const bool reused = channel_ != nullptr;
    const Deadline attempt_until =
        reused ? std::min(until, std::chrono::steady_clock::now() + kPatienceWithOldConnection)
               : until;
    proved = RunAttempt(attempt_until);
    if (proved) return proved;
    base::LogWarning("the server gave no position", {{"cause", proved.error().cause}});
    // Nothing is wrong if the server has closed the connection meanwhile.
    if (reused && channel_ == nullptr) continue;
    std::this_thread::sleep_for(kPause);
  }
  return proved;
}

void Prover::EndProof() {
#ifdef SALLYPORT_TEST_FAULTS
  if (KeepsPosition()) return;
#endif
  asker_.EndProof();
}

base::Status Prover::RunAttempt(Deadline until) {
  std::optional<base::Status> outcome;
  io_->restart();
  asio::co_spawn(*io_, Attempt(), [&outcome](const std::exception_ptr& thrown, base::Status done) {
    outcome = thrown ? base::InternalError("an attempt to ask has thrown") : std::move(done);
  });
  io_->run_until(until);
  if (outcome && *outcome) return {};
  // With a refusal the connection goes on.
  if (outcome && asker_.answer() == agent::Asker::Answer::kRefused) return *std::move(outcome);
  base::Status failed = outcome ? *std::move(outcome) : NoProof("no answer came in time");
  Disconnect();
  return failed;
}

asio::awaitable<base::Status> Prover::Attempt() {
  if (!channel_) {
    base::Status connected = co_await Connect();
    if (!connected) co_return connected;
  }
  std::string question = Encoded(asker_.Ask());
  base::Status sent = co_await channel_->Write(std::move(question));
  if (!sent) co_return sent;
  while (asker_.answer() == agent::Asker::Answer::kNone) {
    const auto message = co_await channel_->Read();
    if (!message) co_return NoProof(message.error().cause);
    const auto frame = revocation::Decode(*message, revocation::kAskingVersion);
    if (!frame) co_return frame.error();
    const base::Status received = asker_.Receive(*frame);
    if (!received) co_return received;
  }
  if (asker_.answer() == agent::Asker::Answer::kRefused) co_return NoProof(asker_.refusal());
  co_return base::Status();
}

asio::awaitable<base::Status> Prover::Connect() {
  const channel::Address server = enrolment_.servers[connects_++ % enrolment_.servers.size()];
  auto connected = co_await agent::ConnectToFeed(server, enrolment_.key());
  if (!connected) co_return connected.error();
  channel_ = std::move(connected).value();
  std::string hello = Encoded(asker_.Connected());
  base::Status sent = co_await channel_->Write(std::move(hello));
  co_return sent;
}

// What an attempt that hangs still has is destroyed with the context.
void Prover::Disconnect() {
  channel_.reset();
  io_ = std::make_unique<asio::io_context>(1);
  asker_.Disconnected();
}

void Prover::Tidy() {
  for (int slice = 0; slice < kSlices; ++slice) {
    const auto more = writer_->Work();
    if (!more) base::LogError("the Replica was not rebuilt", {{"cause", more.error().cause}});
    if (!more || !*more) return;
  }
}

}  // namespace sallyport::lambda
