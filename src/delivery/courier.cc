#include "delivery/courier.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <exception>
#include <utility>

#include "base/log.h"

namespace sallyport::delivery {
namespace {

using std::chrono::milliseconds;

// How long it may take until a message that was just queued is found.
constexpr milliseconds kPoll(250);
constexpr milliseconds kAfterError(5'000);
constexpr size_t kBatch = 64;
// How many held messages may be deleted by a commit that holds one more.
constexpr size_t kGiveWayToOne = 16;
constexpr int64_t kCleaningMillis = 600'000;
// Longer than a service is waited for. After a crash in the middle of an attempt another server
// makes the next one when this has passed.
constexpr int64_t kClaimMillis = 120'000;

base::Status Write(store::Store& store, const std::function<base::Status(store::Tx&)>& fn) {
  auto committed = store.Update(fn);
  if (!committed) return std::move(committed).error();
  return std::move(committed->outcome);
}

}  // namespace

int64_t PauseMillis(int attempts) {
  constexpr std::array<int64_t, 6> kSeconds{2, 10, 60, 300, 1800, 7200};
  const size_t at = std::min(static_cast<size_t>(std::max(attempts, 1)), kSeconds.size()) - 1;
  return kSeconds[at] * 1000;
}

Courier::Courier(store::Store& store, const domain::Vault& vault, const store::ServerTime& time,
                 const domain::Ceilings& ceilings, domain::CeilingWatch& watch,
                 Transports transports)
    : store_(store),
      vault_(vault),
      time_(time),
      ceilings_(ceilings),
      watch_(watch),
      transports_(std::move(transports)) {}

Courier::~Courier() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  for (Transport* const transport :
       {transports_.email.get(), transports_.sms.get(), transports_.functions.get()}) {
    if (transport != nullptr) transport->Stop();
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Courier::Start(size_t threads) {
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this, i] { Run(i == 0); });
}

base::Result<bool> Courier::RunOnce(bool first, std::optional<int64_t>& cleaned_millis) {
  try {
    const int64_t now_millis = time_.watched().millis();
    if (first && store_.runs_jobs() &&
        (!cleaned_millis || now_millis - *cleaned_millis > kCleaningMillis)) {
      cleaned_millis = now_millis;
      if (const auto deleted = DeleteOld(); !deleted) {
        base::LogError("outbox not cleaned", {{"cause", deleted.error().cause}});
      }
    }
    return DeliverOne();
  } catch (const std::exception& error) {
    return base::InternalError(error.what());
  }
}

// The first thread looks for messages that are due, and wakes the others when there are some.
void Courier::Run(bool first) {
  std::optional<int64_t> cleaned_millis;
  for (;;) {
    const auto delivered = RunOnce(first, cleaned_millis);
    if (!delivered) base::LogError("message not delivered", {{"cause", delivered.error().cause}});
    std::unique_lock lock(mutex_);
    if (stopping_) return;
    if (delivered && *delivered) continue;
    if (first) {
      wake_.wait_for(lock, delivered ? kPoll : kAfterError, [this] { return stopping_; });
    } else {
      wake_.wait(lock);
    }
    if (stopping_) return;
  }
}

base::Result<std::optional<domain::Message>> Courier::Take() {
  const std::lock_guard lock(mutex_);
  SALLYPORT_ASSIGN(
      const std::vector<store::ListItem> items,
      store_.List(domain::kMessagesDue, "", std::nullopt, std::max(kBatch, 2 * under_way_.size())));
  for (const store::ListItem& item : items) {
    if (item.sort > domain::DueSort(time_.watched().millis())) break;
    SALLYPORT_ASSIGN(domain::Message message, domain::ParseMessage(vault_, item.key, item.value));
    if (!under_way_.insert(message.id).second) continue;
    if (items.size() > under_way_.size()) wake_.notify_one();
    return std::optional(std::move(message));
  }
  return std::optional<domain::Message>();
}

base::Result<bool> Courier::DeliverOne() {
  // It could not be noted that a message was delivered, so it would be sent again and again.
  if (store_.GetSpace().only_revocations || !store_.runs_jobs()) return false;
  SALLYPORT_ASSIGN(std::optional<domain::Message> message, Take());
  if (!message) return false;
  // Returned in every case. Otherwise no thread would look at the message again.
  const auto give_back = [this](const std::string* id) {
    const std::lock_guard lock(mutex_);
    under_way_.erase(*id);
  };
  const std::string id = message->id;
  const std::unique_ptr<const std::string, decltype(give_back)> taken(&id, give_back);
  if (store_.peers() != nullptr) {
    SALLYPORT_ASSIGN(const bool claimed, Claim(*message));
    if (!claimed) return true;
  }
  SALLYPORT_TRY(Deliver(*std::move(message)));
  return true;
}

base::Result<bool> Courier::Claim(const domain::Message& message) {
  bool claimed = false;
  SALLYPORT_TRY(Write(store_, [&](store::Tx& tx) -> base::Status {
    claimed = false;
    const std::string key = domain::MessageKey(message.id);
    SALLYPORT_ASSIGN(const auto there, tx.Get(key));
    if (!there) return {};
    SALLYPORT_ASSIGN(domain::Message now, domain::ParseMessage(vault_, key, *there));
    if (now.held || now.due_millis != message.due_millis) return {};
    now.due_millis = time_.watched().millis() + kClaimMillis;
    claimed = true;
    return domain::PutAgain(tx, vault_, now);
  }));
  return claimed;
}

Transport* Courier::TransportOf(const domain::Message& message) const {
  if (!message.for_sender.empty()) return transports_.functions.get();
  return message.medium == domain::Medium::kEmail ? transports_.email.get() : transports_.sms.get();
}

base::Status Courier::Deliver(domain::Message message) {
  Transport* const transport = TransportOf(message);
  if (transport == nullptr) return Hold(std::move(message));
  const Outcome outcome = transport->Send(message);
  {
    // The attempt was ended because of the stop, so it does not count.
    const std::lock_guard lock(mutex_);
    if (stopping_ && outcome.kind == Outcome::Kind::kLater) return {};
  }
  return Settle(std::move(message), outcome);
}

base::Status Courier::Settle(domain::Message message, const Outcome& outcome) {
  ++message.attempts;
  if (outcome.kind == Outcome::Kind::kTaken) {
    base::LogInfo("message delivered", {{"message", message.id},
                                        {"medium", domain::MediumName(message.medium)},
                                        {"attempts", message.attempts}});
    return Write(store_, [&](store::Tx& tx) { return tx.Delete(domain::MessageKey(message.id)); });
  }
  base::LogWarning("a mail or SMS service did not accept a message",
                   {{"message", message.id},
                    {"medium", domain::MediumName(message.medium)},
                    {"attempts", message.attempts},
                    {"reason", outcome.reason}});
  message.last_error = outcome.reason;
  if (outcome.kind == Outcome::Kind::kRefused || message.attempts >= kMostAttempts) {
    // Whoever the code is for would not look into the outbox. So the message may be deleted, and
    // messages to addresses that do not exist cannot fill it.
    message.serves_until_millis = 0;
    return Hold(std::move(message));
  }
  message.due_millis = time_.watched().millis() + PauseMillis(message.attempts);
  return Write(store_, [&](store::Tx& tx) { return domain::PutAgain(tx, vault_, message); });
}

base::Status Courier::Hold(domain::Message message) {
  message.held = true;
  // This may exceed the ceiling; the call that queued the message has found room
  // (MakeRoomForMessage). Messages whose code is no longer valid are deleted here, because a call
  // that is refused deletes nothing.
  size_t evicted = 0;
  const auto hold = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_TRY(domain::PutAgain(tx, vault_, message));
    SALLYPORT_ASSIGN(evicted,
                     domain::EvictHeldMessages(tx, ceilings_, time_.watched(), kGiveWayToOne));
    return {};
  };
  SALLYPORT_TRY(Write(store_, hold));
  if (evicted > 0) watch_.Met(domain::Leftover::kHeldMessages);
  return {};
}

base::Status Courier::DeleteOld() {
  const store::ListPosition from{domain::HeldSort(time_.watched().millis() - kHeldMillis), ""};
  for (size_t deleted = kBatch; deleted == kBatch;) {
    const auto remove = [&](store::Tx& tx) -> base::Status {
      SALLYPORT_ASSIGN(const std::vector<store::ListItem> items,
                       tx.List(domain::kMessagesHeld, "", from, kBatch));
      for (const store::ListItem& item : items) SALLYPORT_TRY(tx.Delete(item.key));
      deleted = items.size();
      return {};
    };
    SALLYPORT_TRY(Write(store_, remove));
  }
  return {};
}

}  // namespace sallyport::delivery
