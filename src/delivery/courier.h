// Courier: takes Messages from the store's queue and gives them to Transports.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "delivery/transport.h"
#include "domain/keys/vault.h"
#include "domain/limits/ceilings.h"
#include "domain/messages/message.h"
#include "store/server_time.h"
#include "store/store.h"

namespace sallyport::delivery {

// Null: messages of that medium are held for the outbox.
struct Transports {
  std::unique_ptr<Transport> email;
  std::unique_ptr<Transport> sms;
  // For messages of either medium that a function of the pool sends.
  std::unique_ptr<Transport> functions;
};

// How often delivery of a message is tried, with growing pauses, over half a day. Then it is held.
inline constexpr int kMostAttempts = 12;
// The pause before the next attempt.
int64_t PauseMillis(int attempts);

// Messages that were held for longer than this are deleted: the codes and temporary passwords in
// them have expired by then.
inline constexpr int64_t kHeldMillis = int64_t{7} * 86'400'000;

// Of several servers of one store, one delivers (Store::runs_jobs). Runs its threads from Start to
// its destructor, which stops the attempts under way (Transport::Stop). Messages that were not
// finished are due again at the next start.
class Courier {
 public:
  // All arguments must outlive it. `ceilings`: beyond them held messages are deleted (message.h),
  // and `watch` is told.
  Courier(store::Store& store, const domain::Vault& vault, const store::ServerTime& time,
          const domain::Ceilings& ceilings, domain::CeilingWatch& watch, Transports transports);
  ~Courier();
  Courier(const Courier&) = delete;
  Courier& operator=(const Courier&) = delete;

  void Start(size_t threads);

  // Does what the threads do: delivers one message that is due. False: there is none. Thread-safe.
  base::Result<bool> DeliverOne();
  // Deletes messages that were held for too long.
  base::Status DeleteOld();

 private:
  void Run(bool first);
  // DeliverOne, and the additional work of the first thread. Anything that is thrown becomes an
  // error.
  base::Result<bool> RunOnce(bool first, std::optional<int64_t>& cleaned_millis);
  Transport* TransportOf(const domain::Message& message) const;
  base::Status Deliver(domain::Message message);
  // A message that is due and that no other thread has taken.
  base::Result<std::optional<domain::Message>> Take();
  // Notes in the store that an attempt is under way, so that no other server makes one. False:
  // another one has been faster.
  base::Result<bool> Claim(const domain::Message& message);
  base::Status Settle(domain::Message message, const Outcome& outcome);
  base::Status Hold(domain::Message message);

  store::Store& store_;
  const domain::Vault& vault_;
  const store::ServerTime& time_;
  const domain::Ceilings& ceilings_;
  domain::CeilingWatch& watch_;
  const Transports transports_;
  std::mutex mutex_;  // guards everything below it, except the threads
  std::condition_variable wake_;
  bool stopping_ = false;
  std::unordered_set<std::string> under_way_;  // ids
  std::vector<std::thread> threads_;
};

}  // namespace sallyport::delivery
