#include "domain/credentials/challenge.h"

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <optional>

#include "base/encoding.h"
#include "base/random.h"
#include "domain/errors.h"
#include "domain/limits/ceilings.h"
#include "domain/limits/room.h"
#include "domain/records/digest.h"
#include "domain/records/expiry.h"
#include "domain/records/json.h"
#include "domain/records/record.h"
#include "domain/services.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

constexpr size_t kSessionBytes = 48;
// For how long a used or expired session can be told apart from one that never existed.
constexpr int64_t kRemembered = 3600;
// How many expired challenges may be deleted to make room for a new one, since one large challenge
// may take as much room as many small ones.
constexpr size_t kEvictedForOne = 256;

std::string ChallengeKey(std::string_view session) {
  return "challenge/" + Sha256TextOf(session);
}

constexpr auto kChallengeRecord = RecordOf<ChallengeRecord>(
    Member("Name", &ChallengeRecord::name), Member("PoolId", &ChallengeRecord::pool_id),
    Member("ClientId", &ChallengeRecord::client_id), Member("Sub", &ChallengeRecord::sub),
    Member("PasswordVersion", &ChallengeRecord::password_version),
    Member("Expires", &ChallengeRecord::expires_millis),
    // Records of older versions lack it. For them the watched time begins at the time of day.
    MemberOr("Ends", &ChallengeRecord::ends_millis, "Expires"),
    // A record without this member was not written by this server, so it counts as used.
    Member("Used", &ChallengeRecord::used, true), Sparse("Factors", &ChallengeRecord::factors),
    Sparse("TokenSource", &ChallengeRecord::token_source),
    Sparse("Sealed", &ChallengeRecord::sealed), Sparse("ByAnybody", &ChallengeRecord::by_anybody));

}  // namespace

void ExpireAfter(ChallengeRecord& challenge, const Services& services, int64_t millis) {
  challenge.expires_millis = services.clock.WallMillis() + millis;
  challenge.ends_millis = services.clock.watched().millis() + millis;
}

std::string RandomChallengeSession() {
  std::array<uint8_t, kSessionBytes> bytes{};
  base::RandomBytes(bytes);
  return base::Base64UrlEncode(bytes);
}

base::Status PutChallenge(store::Tx& tx, std::string_view session,
                          const ChallengeRecord& challenge) {
  const std::string_view index =
      challenge.by_anybody ? LeftoverIndex(Leftover::kChallenges) : kChallengesByExpiry;
  return tx.Put(ChallengeKey(session), json::serialize(kChallengeRecord.Write(challenge)),
                {{std::string(index), ExpirySort(challenge.ends_millis / 1000 + kRemembered)}});
}

base::Result<size_t> EvictChallenges(store::Tx& tx, const Ceilings& ceilings,
                                     store::WatchedTime now, size_t limit) {
  size_t evicted = 0;
  const std::string expired = ExpirySort(now.seconds() + kRemembered);
  while (evicted < limit) {
    SALLYPORT_ASSIGN(const bool room, HasRoom(tx, ceilings, Leftover::kChallenges));
    if (room) break;
    SALLYPORT_ASSIGN(const auto items,
                     tx.List(LeftoverIndex(Leftover::kChallenges), "", std::nullopt, 1));
    if (items.empty() || items.front().sort >= expired) break;
    SALLYPORT_TRY(tx.Delete(items.front().key));
    ++evicted;
  }
  return evicted;
}

base::Status MakeRoomForChallenge(store::Tx& tx, const Services& services) {
  SALLYPORT_ASSIGN(const size_t evicted, EvictChallenges(tx, services.settings.ceilings,
                                                         services.clock.watched(), kEvictedForOne));
  if (evicted > 0 && services.ceiling_watch != nullptr) {
    services.ceiling_watch->Met(Leftover::kChallenges);
  }
  return CheckRoom(tx, services, Leftover::kChallenges);
}

base::Result<ChallengeRecord> GetChallenge(store::Reader& reader, const Services& services,
                                           std::string_view session, std::string_view name,
                                           std::string_view client_id) {
  const std::string key = ChallengeKey(session);
  SALLYPORT_ASSIGN(const std::optional<std::string> bytes, reader.Get(key));
  if (!bytes) return error::kInvalidSession();
  SALLYPORT_ASSIGN(const json::object record, ParseRecord(key, *bytes));
  ChallengeRecord challenge = kChallengeRecord.Read(record);
  if (challenge.name != name || challenge.client_id != client_id) {
    return error::kInvalidSession();
  }
  if (challenge.used) {
    return error::kSessionUsed();
  }
  if (services.clock.HasPassed(challenge.expires_millis, challenge.ends_millis)) {
    return error::kSessionExpired();
  }
  return challenge;
}

}  // namespace sallyport::domain
