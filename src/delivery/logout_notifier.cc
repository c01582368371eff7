#include "delivery/logout_notifier.h"

#include <chrono>
#include <exception>
#include <utility>

#include "base/error_codes.h"
#include "base/log.h"
#include "delivery/courier.h"
#include "domain/clients/client.h"
#include "domain/records/commit.h"
#include "domain/tokens/logout_token.h"

namespace sallyport::delivery {
namespace {

using Kind = Outcome::Kind;

// How long it can take until a notice is found that was just written.
constexpr std::chrono::milliseconds kLook(250);
constexpr std::chrono::milliseconds kLookAfterError(5'000);

bool IsGone(const base::Error& error) {
  return error.code == base::code::kResourceNotFound;
}

}  // namespace

LogoutNotifier::LogoutNotifier(const domain::Services& services,
                               std::unique_ptr<LogoutPoster> poster)
    : services_(services), poster_(std::move(poster)) {}

LogoutNotifier::~LogoutNotifier() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  poster_->Stop();
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void LogoutNotifier::Start(size_t threads) {
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this, i] { Run(i == 0); });
}

// The first thread looks for notices that are due, and the others help while there are some.
void LogoutNotifier::Run(bool first) {
  for (;;) {
    base::Result<bool> delivered = false;
    try {
      delivered = DeliverOne();
    } catch (const std::exception& error) {
      delivered = base::InternalError(error.what());
    }
    if (!delivered) {
      base::LogError("an app could not be told that a session has ended",
                     {{"cause", delivered.error().cause}});
    }
    std::unique_lock lock(mutex_);
    if (stopping_) return;
    if (delivered && *delivered) continue;
    if (first) {
      wake_.wait_for(lock, delivered ? kLook : kLookAfterError, [this] { return stopping_; });
    } else {
      wake_.wait(lock);
    }
    if (stopping_) return;
  }
}

base::Result<std::optional<domain::LogoutNotice>> LogoutNotifier::Take() {
  const int64_t now = services_.clock.watched().millis();
  const std::lock_guard lock(mutex_);
  std::optional<store::ListPosition> after;
  for (;;) {
    SALLYPORT_ASSIGN(const std::vector<store::ListItem> items,
                     services_.store.List(domain::kLogoutNotices, "", after, 1));
    if (items.empty()) return std::optional<domain::LogoutNotice>();
    auto notice = domain::ParseLogoutNotice(items.front().key, items.front().value);
    if (!notice) {
      // It will be deleted when it is given up, and delays no other notice until then.
      after = {items.front().sort, items.front().key};
      continue;
    }
    const auto known = turns_.find(notice->client_id);
    const bool waits =
        known != turns_.end() && (known->second.under_way || known->second.not_before > now);
    if (!waits && notice->due_millis <= now) {
      turns_[notice->client_id].under_way = true;
      wake_.notify_one();
      return std::optional(*std::move(notice));
    }
    after = {domain::BehindLogoutNoticesOf(notice->client_id), ""};
  }
}

void LogoutNotifier::NoteAnswer(const std::string& client_id, bool answered) {
  const std::lock_guard lock(mutex_);
  Turn& turn = turns_[client_id];
  turn.failures = answered ? 0 : turn.failures + 1;
  turn.not_before = answered ? 0 : services_.clock.watched().millis() + PauseMillis(turn.failures);
}

void LogoutNotifier::GiveBack(const std::string& client_id) {
  const std::lock_guard lock(mutex_);
  Turn& turn = turns_[client_id];
  turn.under_way = false;
  if (turn.failures == 0) turns_.erase(client_id);
}

base::Result<bool> LogoutNotifier::DeliverOne() {
  // It could not be noted that an app was told, so it would be told again and again.
  if (services_.store.GetSpace().only_revocations || !services_.store.runs_jobs()) return false;
  SALLYPORT_ASSIGN(std::optional<domain::LogoutNotice> notice, Take());
  if (!notice) return false;
  // Returned in every case. Otherwise no thread would look at this app's notices again.
  const std::string client_id = notice->client_id;
  const auto give_back = [this](const std::string* id) { GiveBack(*id); };
  const std::unique_ptr<const std::string, decltype(give_back)> taken(&client_id, give_back);
  if (base::Status told = Deliver(*std::move(notice)); !told) {
    // A problem with this notice must not delay those of other apps.
    NoteAnswer(client_id, /*answered=*/false);
    return std::move(told).error();
  }
  return true;
}

base::Status LogoutNotifier::Deliver(domain::LogoutNotice notice) {
  const auto client = domain::GetClient(services_, notice.client_id);
  if (!client && !IsGone(client.error())) return client.error();
  // The client does not exist any more, or does not ask to be told any more.
  if (!client || (*client)->settings.back_channel_uri().empty()) return Settle(notice, {});
  const auto token = domain::MakeLogoutToken(services_, notice);
  if (!token && IsGone(token.error())) return Settle(notice, {});
  if (!token) return token.error();
  const std::string uri((*client)->settings.back_channel_uri());
  const Outcome outcome = poster_->Post(uri, *token);
  {
    // The attempt was ended because of the stop, so it does not count.
    const std::lock_guard lock(mutex_);
    if (stopping_ && outcome.kind == Kind::kLater) return {};
  }
  NoteAnswer(notice.client_id, outcome.kind != Kind::kLater);
  return Settle(std::move(notice), outcome);
}

base::Status LogoutNotifier::Settle(domain::LogoutNotice notice, const Outcome& outcome) {
  const std::string key = domain::LogoutNoticeKey(notice.family);
  if (outcome.kind == Kind::kTaken) {
    return domain::Commit(services_, [&](store::Tx& tx) { return tx.Delete(key); });
  }
  ++notice.attempts;
  base::LogWarning(
      "an app did not accept the notice that a session has ended: the notice is sent again",
      {{"client", notice.client_id}, {"attempts", notice.attempts}, {"reason", outcome.reason}});
  notice.due_millis = services_.clock.watched().millis() + PauseMillis(notice.attempts);
  return domain::Commit(services_, [&](store::Tx& tx) -> base::Status {
    // It may have been given up meanwhile.
    SALLYPORT_ASSIGN(const auto present, tx.Get(key));
    return present ? domain::PutLogoutNotice(tx, notice) : base::Status();
  });
}

}  // namespace sallyport::delivery
