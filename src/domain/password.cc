#include "domain/password.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "domain/json.h"
#include "domain/password_hasher.h"
#include "domain/password_policy.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

std::string PasswordKey(const User& user) {
  return "password/" + user.pool_id + "/" + user.sub;
}

// Hashes of the passwords before the present one, the last first.
base::Result<std::vector<std::string>> PastPasswords(store::Reader& reader, const User& user) {
  const std::string key = PasswordKey(user);
  SALLYPORT_ASSIGN(const std::optional<std::string> bytes, reader.Get(key));
  if (!bytes) return std::vector<std::string>();
  SALLYPORT_ASSIGN(const json::object record, ParseRecord(key, *bytes));
  return StringsMember(record, "History");
}

// The last PasswordHistorySize passwords, the present one among them, are refused.
base::Status CheckHistory(const Services& services, const Pool& pool, const User& user,
                          std::string_view password) {
  const size_t size = PasswordHistorySize(pool);
  if (size == 0 || user.password_hash.empty()) return {};
  SALLYPORT_ASSIGN(std::vector<std::string> hashes, PastPasswords(services.store, user));
  hashes.insert(hashes.begin(), user.password_hash);
  hashes.resize(std::min(hashes.size(), size));
  for (const std::string& hash : hashes) {
    if (services.passwords.Verify(hash, password)) {
      return base::Error{"PasswordHistoryPolicyViolationException",
                         "Password has previously been used and cannot be reused.", ""};
    }
  }
  return {};
}

}  // namespace

base::Result<PreparedPassword> PreparePassword(const Services& services, const Pool& pool,
                                               const User& user, std::string_view password) {
  SALLYPORT_TRY(CheckPassword(pool, password));
  SALLYPORT_TRY(CheckHistory(services, pool, user, password));
  PreparedPassword prepared;
  SALLYPORT_ASSIGN(prepared.phc, services.passwords.Hash(password));
  return prepared;
}

base::Status SetPassword(store::Tx& tx, const Pool& pool, User& user,
                         const PreparedPassword& prepared, std::string_view status,
                         int64_t now_millis) {
  const size_t size = PasswordHistorySize(pool);
  if (size > 1 && !user.password_hash.empty()) {
    SALLYPORT_ASSIGN(std::vector<std::string> history, PastPasswords(tx, user));
    history.insert(history.begin(), user.password_hash);
    history.resize(std::min(history.size(), size - 1));
    const json::object record{{"History", json::array(history.begin(), history.end())}};
    SALLYPORT_TRY(tx.Put(PasswordKey(user), json::serialize(record), {}));
  }
  user.password_hash = prepared.phc;
  user.status = status;
  user.password_millis = now_millis;
  user.modified_millis = now_millis;
  ++user.password_version;
  return {};
}

base::Status DeletePassword(store::Tx& tx, const User& user) {
  return tx.Delete(PasswordKey(user));
}

}  // namespace sallyport::domain
