#include "feed/agent_session.h"

#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>
#include <variant>

#include "base/clock.h"
#include "base/log.h"
#include "feed/log_page.h"

namespace sallyport::feed {
namespace {

namespace asio = boost::asio;

// An Agent renews several times in each TTL. If it is silent for this long, it is gone or will come
// back on a new connection; its lease has ended long before.
constexpr int64_t kSilentMillis = 10'000;
constexpr int64_t kSilentTtls = 4;
// If an Agent asks more often without an answer, its last request replaces the one before it. The
// oldest stay, since they are the first that may be answered.
constexpr size_t kGreatestRenewals = 4;
constexpr size_t kGreatestQuestions = 4;

std::string OtherVersion(uint16_t version) {
  return "this server speaks version " + std::to_string(revocation::kFeedVersion) +
         " of the feed, and the agent version " + std::to_string(version) +
         ": install the same version of Sallyport on both";
}

}  // namespace

AgentSession::AgentSession(SessionHost& host, std::shared_ptr<Connection> connection)
    : host_(host),
      connection_(std::move(connection)),
      wake_(host.strand()),
      version_(connection_->agent().version),
      last_heard_nanos_(host.Now()) {}

// Frames are made in plain functions and moved, because g++ 12 destroys some temporaries of a
// coroutine twice (gcc.gnu.org/PR104031 and similar).
asio::awaitable<void> AgentSession::Run() {
  using asio::experimental::awaitable_operators::operator&&;
  std::optional<std::string> message = co_await connection_->Read();
  bool greeted = false;
  if (message && !ended_) {
    // What its Hello says may be news to this server, and another one's.
    const bool news = co_await host_.AwaitNews();
    greeted = news ? Greet(*message) : Dismiss("the server's database does not answer");
  }
  if (!message || ended_) {
    End();
  } else if (greeted) {
    co_await (ReadLoop() && WriteLoop());
  } else {
    // If the peer does not accept it, its silence will end the connection.
    std::string goodbye = revocation::Encode(Farewell(), version_);
    co_await connection_->Write(std::move(goodbye));
    End();
  }
}

bool AgentSession::Greet(const std::string& message) {
  const auto version = revocation::HelloVersion(message);
  if (version == revocation::kAskingVersion && version_ == revocation::kFeedVersion) {
    version_ = revocation::kAskingVersion;
    if (!connection_->CountAsAsking())
      return Dismiss("too many connections of the kind that asks for each decision are open");
  }
  if (version && *version != version_) return Dismiss(OtherVersion(*version));
  const auto frame = revocation::Decode(message, version_);
  const auto* hello = frame ? std::get_if<revocation::Hello>(&*frame) : nullptr;
  if (hello == nullptr) return Dismiss("the first frame is not a Hello");
  const auto resume = host_.Admit(*this, *hello);
  if (!resume) return Dismiss(resume.error().message);
  if (!asks()) instance_ = hello->instance;
  resume_ = *resume;
  const bool tail = resume_ == revocation::Resume::kTail;
  // An old Agent does not say whether it has a lease, so it is treated as if it had one.
  const bool lease = hello->holds_lease || version_ == revocation::kOldFeedVersion;
  resumed_under_lease_ = tail && lease;
  if (tail) read_ = complete_ = acknowledged_ = hello->position.sequence;
  last_heard_nanos_ = host_.Now();
  base::LogInfo("an agent has connected", {{"agent", agent().name},
                                           {"peer", peer()},
                                           {"asks", asks()},
                                           {"resume", tail ? "tail" : "snapshot"},
                                           {"sequence", complete_}});
  return true;
}

asio::awaitable<void> AgentSession::ReadLoop() {
  while (!ended_) {
    std::optional<std::string> message = co_await connection_->Read();
    if (!message || ended_) break;
    last_heard_nanos_ = host_.Now();
    // The session was dismissed: the other loop says goodbye and ends the connection.
    if (!Handle(*message)) co_return;
  }
  End();
}

bool AgentSession::Handle(const std::string& message) {
  const auto frame = revocation::Decode(message, version_);
  if (!frame) return Dismiss("not a frame of the feed");
  if (const auto* ack = std::get_if<revocation::Ack>(&*frame)) {
    // Otherwise something would be released that was never applied.
    if (ack->sequence > complete_) return Dismiss("acknowledges what was not sent");
    acknowledged_ = std::max(acknowledged_, ack->sequence);
    host_.Acknowledge(*this, ack->sequence);
    if (EntriesDue()) Wake();
    return true;
  }
  if (const auto* renew = std::get_if<revocation::Renew>(&*frame)) {
    if (renewals_.size() == kGreatestRenewals) renewals_.pop_back();
    renewals_.push_back({renew->nonce, host_.NoteRequest()});
    Wake();
    return true;
  }
  if (const auto* ask = std::get_if<revocation::Ask>(&*frame)) {
    Note(*ask);
    return true;
  }
  return Dismiss("an agent may not send this frame now");
}

void AgentSession::Note(const revocation::Ask& ask) {
  if (questions_.size() == kGreatestQuestions) questions_.pop_front();
  questions_.push_back(
      {.nonce = ask.nonce, .request = host_.NoteRequest(), .includes = std::nullopt});
  Wake();
}

bool AgentSession::CanLookAtQuestion() const {
  return !questions_.empty() && !questions_.front().includes &&
         host_.MayAnswer(questions_.front().request);
}

asio::awaitable<void> AgentSession::WriteLoop() {
  while (!ended_) {
    if (Idle()) {
      co_await SleepUntilWoken();
      continue;
    }
    std::optional<revocation::Frame> frame = AnswerDue();
    if (!frame && phase_ == Phase::kSnapshotPages) {
      auto page = co_await host_.ReadSnapshot(read_, snapshot_);
      frame = TakeSnapshotPage(std::move(page));
    } else if (!frame && (phase_ != Phase::kTail || EntriesDue())) {
      frame = NextLogFrame();
    }
    if (!frame) continue;
    if (ended_) break;
    std::string message = revocation::Encode(*frame, version_);
    const bool last = std::holds_alternative<revocation::Goodbye>(*frame);
    const bool written = co_await connection_->Write(std::move(message));
    if (!written || last) break;
  }
  End();
}

bool AgentSession::Idle() const {
  const bool answers = !renewals_.empty() && host_.MayAnswer(renewals_.front().request);
  return !goodbye_ && !answers && !CanLookAtQuestion() && !CanAnswer() && phase_ == Phase::kTail &&
         !EntriesDue();
}

// As Nagle's algorithm has it (RFC 896): what comes while an Agent works on what it was sent shares
// the next frame. Otherwise a thousand Agents would be sent a frame for each revocation, more than
// they and the server can do, and what is new, grants included, would wait behind those.
bool AgentSession::EntriesDue() const {
  if (phase_ != Phase::kTail) return false;
  const uint64_t head = host_.head().sequence;
  if (complete_ >= head) return false;
  const bool acknowledges = !asks();
  return !acknowledges || acknowledged_ >= complete_ || head - complete_ >= kLogPageRows;
}

bool AgentSession::CanAnswer() const {
  return !questions_.empty() && phase_ == Phase::kTail && questions_.front().includes &&
         complete_ >= *questions_.front().includes;
}

std::optional<revocation::Frame> AgentSession::AnswerDue() {
  if (goodbye_) return Farewell();
  // The log's end is read after the question has arrived: whatever was answered before that is in
  // the log up to there.
  if (CanLookAtQuestion()) questions_.front().includes = host_.SettledHead();
  if (CanAnswer()) {
    const uint64_t nonce = questions_.front().nonce;
    questions_.pop_front();
    return host_.GivePosition(nonce, complete_);
  }
  if (phase_ == Phase::kWelcome || renewals_.empty()) return std::nullopt;
  const Renewal renewal = renewals_.front();
  if (!host_.MayAnswer(renewal.request)) return std::nullopt;
  renewals_.pop_front();
  return host_.Renew(*this, renewal.nonce);
}

std::optional<revocation::Frame> AgentSession::NextLogFrame() {
  if (phase_ == Phase::kWelcome) {
    const bool tail = resume_ == revocation::Resume::kTail;
    phase_ = tail ? Phase::kTail : Phase::kSnapshotBegin;
    return revocation::Welcome{resume_, host_.log_id(), host_.options().ttl_millis};
  }
  if (phase_ == Phase::kSnapshotBegin) {
    ++host_.counters().snapshots;
    phase_ = Phase::kSnapshotPages;
    snapshot_ = host_.head();
    return revocation::SnapshotBegin{snapshot_, host_.log_size()};
  }
  auto entries = host_.ReadTail(read_);
  if (!entries) {
    Dismiss("the store cannot be read");
    return std::nullopt;
  }
  host_.counters().entries += entries->revocations.size();
  read_ = complete_ = entries->position.sequence;
  entries->mark = host_.MarkFor(agent(), entries->position);
  return std::move(*entries);
}

std::optional<revocation::Frame> AgentSession::TakeSnapshotPage(
    base::Result<revocation::Entries> page) {
  if (!page) {
    Dismiss("the store cannot be read");
    return std::nullopt;
  }
  host_.counters().entries += page->revocations.size();
  read_ = page->position.sequence;
  if (!page->revocations.empty()) return revocation::SnapshotPage{std::move(page->revocations)};
  phase_ = Phase::kTail;
  read_ = complete_ = snapshot_.sequence;
  return revocation::SnapshotEnd{host_.MarkFor(agent(), snapshot_)};
}

revocation::Frame AgentSession::Farewell() const {
  return revocation::Goodbye{goodbye_.value_or("")};
}

asio::awaitable<void> AgentSession::SleepUntilWoken() {
  boost::system::error_code woken;
  wake_.expires_at(asio::steady_timer::time_point::max());
  co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, woken));
}

bool AgentSession::Dismiss(std::string reason) {
  base::LogWarning("an agent is refused",
                   {{"agent", agent().name}, {"peer", peer()}, {"reason", reason}});
  goodbye_ = std::move(reason);
  Wake();
  return false;
}

void AgentSession::End() {
  if (ended_) return;
  ended_ = true;
  connection_->Close();
  Wake();
}

void AgentSession::EndIfSilent(int64_t now_nanos) {
  const int64_t patience =
      std::max<int64_t>(kSilentMillis, kSilentTtls * host_.options().ttl_millis) *
      base::kNanosPerMilli;
  if (now_nanos - last_heard_nanos_ > patience) End();
}

}  // namespace sallyport::feed
