#include "domain/credentials/shared_looks.h"

#include <algorithm>
#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdint>
#include <optional>
#include <thread>
#include <utility>

#include "base/encoding.h"
#include "base/random.h"
#include "domain/errors.h"
#include "domain/records/commit.h"
#include "domain/records/expiry.h"
#include "domain/records/json.h"
#include "domain/records/record.h"
#include "domain/services.h"
#include "store/store.h"

namespace sallyport::domain {
namespace {

namespace json = boost::json;

// A look takes a hash, or a call of a function of the pool. Only a server that has died takes
// longer.
constexpr int64_t kLongestLookMillis = 60'000;
constexpr auto kPause = std::chrono::milliseconds(25);

struct KeptLooks {
  json::object looks;
};
constexpr auto kKeptLooks = RecordOf<KeptLooks>(Member("Looks", &KeptLooks::looks));

// Those that are under way. A record that cannot be read has none: what was in it has ended soon.
base::Result<json::object> ReadLooks(store::Reader& reader, const GuessSubject& subject,
                                     store::WatchedTime now) {
  const std::string key = SharedLooksKey(subject);
  SALLYPORT_ASSIGN(const std::optional<std::string> bytes, reader.Get(key));
  json::object looks;
  if (!bytes) return looks;
  const auto record = ParseRecord(key, *bytes);
  if (!record) return looks;
  for (const auto& [id, until] : kKeptLooks.Read(*record).looks) {
    const int64_t* millis = until.if_int64();
    if (millis != nullptr && *millis > now.millis()) looks[id] = *millis;
  }
  return looks;
}

base::Status WriteLooks(store::Tx& tx, const GuessSubject& subject, const json::object& looks) {
  if (looks.empty()) return tx.Delete(SharedLooksKey(subject));
  int64_t end = 0;
  for (const auto& [id, until] : looks) end = std::max(end, until.as_int64());
  return tx.Put(SharedLooksKey(subject), json::serialize(kKeptLooks.Write({looks})),
                {{std::string(kPasswordLooksByExpiry), ExpirySort(end / 1000 + 1)}});
}

std::string NewLookId() {
  std::array<uint8_t, 8> bytes{};
  base::RandomBytes(bytes);
  return base::HexEncode(bytes);
}

}  // namespace

std::string SharedLooksKey(const GuessSubject& subject) {
  return "password-looks/" + subject.pool_id + "/" + subject.subject;
}

bool SharesLooks(const Services& services) {
  store::Peers* const peers = services.store.peers();
  return peers != nullptr && peers->Seen().others_hold != store::kNobodyHolds;
}

base::Result<std::string> ReserveSharedLook(const Services& services, const GuessSubject& subject,
                                            bool waits,
                                            std::chrono::steady_clock::time_point deadline) {
  const std::string id = NewLookId();
  while (true) {
    bool reserved = false;
    SALLYPORT_TRY(Commit(services, [&](store::Tx& tx) -> base::Status {
      reserved = false;
      const store::WatchedTime now = services.clock.watched();
      SALLYPORT_TRY(CheckSharedGuesses(tx, services, subject));
      SALLYPORT_ASSIGN(const PasswordGuesses kept, ReadPasswordGuesses(tx, services, subject));
      SALLYPORT_ASSIGN(json::object looks, ReadLooks(tx, subject, now));
      const auto under_way = static_cast<int64_t>(looks.size());
      if (under_way > 0 && kept.wrong + under_way >= kFreeWrongPasswords) return {};
      looks[id] = now.millis() + kLongestLookMillis;
      reserved = true;
      return WriteLooks(tx, subject, looks);
    }));
    if (reserved) return id;
    if (!waits || std::chrono::steady_clock::now() >= deadline) {
      return error::kPasswordAttemptsExceeded.Because(
          "too many attempts are under way on all servers");
    }
    std::this_thread::sleep_for(kPause);
  }
}

base::Status EndSharedLook(store::Tx& tx, const Services& services, const GuessSubject& subject,
                           const std::string& id) {
  SALLYPORT_ASSIGN(json::object looks, ReadLooks(tx, subject, services.clock.watched()));
  looks.erase(id);
  return WriteLooks(tx, subject, looks);
}

base::Status CheckSharedGuesses(store::Tx& tx, const Services& services,
                                const GuessSubject& subject) {
  SALLYPORT_ASSIGN(const PasswordGuesses kept, ReadPasswordGuesses(tx, services, subject));
  if (!kept.IsLockedOut(services.clock.watched())) return {};
  return error::kPasswordAttemptsExceeded.Because("wrong passwords on another server");
}

SharedLook::~SharedLook() {
  if (id_.empty()) return;
  // Where this fails it ends by itself.
  (void)Commit(services_,
               [&](store::Tx& tx) { return EndSharedLook(tx, services_, subject_, id_); });
}

base::Status SharedLook::JudgeRefused() {
  SALLYPORT_TRY(Commit(services_, [&](store::Tx& tx) -> base::Status {
    SALLYPORT_TRY(CheckSharedGuesses(tx, services_, subject_));
    return EndSharedLook(tx, services_, subject_, id_);
  }));
  id_.clear();
  return {};
}

base::Status SharedLook::Accept(store::Tx& tx) const {
  SALLYPORT_TRY(CheckSharedGuesses(tx, services_, subject_));
  SALLYPORT_TRY(EndSharedLook(tx, services_, subject_, id_));
  SALLYPORT_ASSIGN(const PasswordGuesses kept, ReadPasswordGuesses(tx, services_, subject_));
  if (kept.wrong == 0 || !subject_.known()) return {};
  return ClearPasswordGuesses(tx, subject_.pool_id, subject_.subject);
}

}  // namespace sallyport::domain
