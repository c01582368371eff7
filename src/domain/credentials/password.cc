#include "domain/credentials/password.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <vector>

#include "domain/credentials/password_guesses.h"
#include "domain/credentials/password_hasher.h"
#include "domain/credentials/password_policy.h"
#include "domain/errors.h"
#include "domain/keys/vault.h"
#include "domain/records/commit.h"
#include "domain/records/json.h"
#include "domain/records/record.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

std::string PasswordRecordKey(std::string_view pool_id, std::string_view sub) {
  return "password/" + std::string(pool_id) + "/" + std::string(sub);
}

namespace {

struct PasswordRecord {
  std::vector<std::string> history;  // hashes of earlier passwords, the latest first
  std::string srp;                   // sealed
  uint64_t srp_version = 0;          // the User::password_version to which `srp` belongs
  // The USER_ID_FOR_SRP that `srp` was made with; empty: it is FormerlyNormalised of the name.
  std::string srp_user_id;
};

constexpr auto kPasswordRecord = RecordOf<PasswordRecord>(
    Member("History", &PasswordRecord::history), Member("Srp", &PasswordRecord::srp),
    Member("SrpVersion", &PasswordRecord::srp_version),
    Sparse("SrpUserId", &PasswordRecord::srp_user_id));

base::Result<PasswordRecord> ReadPasswordRecord(store::Reader& reader, const User& user) {
  const std::string key = PasswordRecordKey(user.pool_id, user.sub);
  SALLYPORT_ASSIGN(const std::optional<std::string> bytes, reader.Get(key));
  if (!bytes) return PasswordRecord();
  SALLYPORT_ASSIGN(const json::object record, ParseRecord(key, *bytes));
  return kPasswordRecord.Read(record);
}

base::Status WritePasswordRecord(store::Tx& tx, const User& user, const PasswordRecord& record) {
  return tx.Put(PasswordRecordKey(user.pool_id, user.sub),
                json::serialize(kPasswordRecord.Write(record)), {});
}

// Binds sealed data to its user.
std::string SrpContext(const User& user) {
  return "srp/" + user.pool_id + "/" + user.sub;
}

KeptSrp KeepSrp(const Services& services, const Pool& pool, const User& user,
                std::string_view password) {
  std::string user_id = SrpUserId(pool, user);
  const SrpVerifier verifier = MakeSrpVerifier(pool.id, user_id, password);
  if (user_id == FormerlyNormalised(pool, user.username)) user_id.clear();
  return {services.vault.Seal(SrpContext(user), verifier.salt + verifier.value),
          std::move(user_id)};
}

void TakeSrp(PasswordRecord& record, const KeptSrp& srp, const User& user) {
  record.srp = srp.sealed;
  record.srp_user_id = srp.user_id;
  record.srp_version = user.password_version;
}

// The USER_ID_FOR_SRP of the stored verifier.
std::string SrpUserIdOf(const PasswordRecord& record, const Pool& pool, const User& user) {
  return record.srp_user_id.empty() ? FormerlyNormalised(pool, user.username) : record.srp_user_id;
}

// Refuses the last PasswordHistorySize passwords, including the present one.
base::Status CheckHistory(const Services& services, const Pool& pool, const User& user,
                          std::string_view password) {
  const size_t size = PasswordHistorySize(pool);
  if (size == 0 || user.password_hash.empty()) return {};
  SALLYPORT_ASSIGN(PasswordRecord record, ReadPasswordRecord(services.store, user));
  std::vector<std::string>& hashes = record.history;
  hashes.insert(hashes.begin(), user.password_hash);
  hashes.resize(std::min(hashes.size(), size));
  for (const std::string& hash : hashes) {
    if (services.passwords.Verify(hash, password)) {
      return error::kPasswordUsedBefore();
    }
  }
  return {};
}

}  // namespace

base::Result<PreparedPassword> PreparePassword(const Services& services, const Pool& pool,
                                               const User& user, std::string_view password) {
  SALLYPORT_TRY(CheckPassword(pool, password));
  SALLYPORT_TRY(CheckHistory(services, pool, user, password));
  return PrepareUncheckedPassword(services, pool, user, password);
}

base::Result<PreparedPassword> PrepareUncheckedPassword(const Services& services, const Pool& pool,
                                                        const User& user,
                                                        std::string_view password) {
  PreparedPassword prepared;
  SALLYPORT_ASSIGN(prepared.phc, services.passwords.Hash(password));
  prepared.srp = KeepSrp(services, pool, user, password);
  return prepared;
}

base::Status SetPassword(store::Tx& tx, const Pool& pool, User& user,
                         const PreparedPassword& prepared, std::string_view status,
                         int64_t now_millis) {
  SALLYPORT_ASSIGN(PasswordRecord record, ReadPasswordRecord(tx, user));
  // The present password counts too, but its hash is in the anchor.
  const size_t kept = std::max<size_t>(PasswordHistorySize(pool), 1) - 1;
  if (!user.password_hash.empty())
    record.history.insert(record.history.begin(), user.password_hash);
  record.history.resize(std::min(record.history.size(), kept));
  user.password_hash = prepared.phc;
  user.status = status;
  user.password_millis = now_millis;
  user.modified_millis = now_millis;
  ++user.password_version;
  TakeSrp(record, prepared.srp, user);
  SALLYPORT_TRY(WritePasswordRecord(tx, user, record));
  // Guesses at the earlier password mean nothing for the new one.
  return ClearPasswordGuesses(tx, user.pool_id, user.sub);
}

std::string SrpUserId(const Pool& pool, const User& user) {
  return Normalised(pool, user.username);
}

base::Result<std::optional<UserVerifier>> GetSrpVerifier(const Services& services,
                                                         store::Reader& reader, const Pool& pool,
                                                         const User& user) {
  SALLYPORT_ASSIGN(const PasswordRecord record, ReadPasswordRecord(reader, user));
  if (record.srp.empty() || record.srp_version != user.password_version) {
    return std::optional<UserVerifier>();
  }
  SALLYPORT_ASSIGN(const std::string opened, services.vault.Open(SrpContext(user), record.srp));
  return std::optional(UserVerifier{{opened.substr(0, kSrpSaltBytes), opened.substr(kSrpSaltBytes)},
                                    SrpUserIdOf(record, pool, user)});
}

base::Result<std::optional<PasswordUpgrade>> PreparePasswordUpgrade(const Services& services,
                                                                    const Pool& pool,
                                                                    const User& user,
                                                                    std::string_view password) {
  SALLYPORT_ASSIGN(const PasswordRecord present, ReadPasswordRecord(services.store, user));
  if (present.srp_version == user.password_version &&
      SrpUserIdOf(present, pool, user) == SrpUserId(pool, user)) {
    return std::optional<PasswordUpgrade>();
  }
  PasswordUpgrade upgrade{.srp = KeepSrp(services, pool, user, password), .phc = {}};
  if (!PasswordHasher::IsOwn(user.password_hash)) {
    SALLYPORT_ASSIGN(upgrade.phc, services.passwords.Hash(password));
  }
  return std::optional(std::move(upgrade));
}

base::Status UpgradePassword(store::Tx& tx, User& user, const PasswordUpgrade& upgrade) {
  if (!upgrade.phc.empty()) user.password_hash = upgrade.phc;
  SALLYPORT_ASSIGN(PasswordRecord record, ReadPasswordRecord(tx, user));
  TakeSrp(record, upgrade.srp, user);
  return WritePasswordRecord(tx, user, record);
}

base::Status DeletePassword(store::Tx& tx, const User& user) {
  return tx.Delete(PasswordRecordKey(user.pool_id, user.sub));
}

}  // namespace sallyport::domain
