#include "sign_in/reads.h"

#include <memory>
#include <string>
#include <utility>

#include "domain/clients/client.h"
#include "domain/credentials/password.h"
#include "domain/credentials/password_guesses.h"
#include "domain/credentials/shared_looks.h"
#include "domain/keys/key_ring.h"
#include "domain/pools/pool.h"
#include "domain/users/group.h"
#include "domain/users/user.h"
#include "store/store.h"

namespace sallyport::sign_in {
namespace {

void AddName(const Attempt& attempt, std::string_view name, bool by_password, store::Reads& reads) {
  const domain::Services& services = attempt.services;
  const std::string& pool_id = attempt.pool->id;
  // Besides the key that ends with the sub of the user who has the name, there is one for a name
  // that nobody has.
  const domain::GuessSubject anybody = domain::GuessSubjectOf(pool_id, "");
  const domain::GuessSubject nobody =
      domain::UnknownGuessSubject(services, pool_id, UserIdOf(attempt, nullptr, name));
  const bool shares = domain::SharesLooks(services);
  for (const std::string& key : domain::NameRecordKeys(*attempt.pool, name)) {
    reads.following.push_back({key, domain::UserKey(pool_id, "")});
    reads.following.push_back({key, anybody.RecordKey()});
    if (shares) reads.following.push_back({key, domain::SharedLooksKey(anybody)});
    if (by_password) reads.following.push_back({key, domain::PasswordRecordKey(pool_id, "")});
  }
  reads.keys.push_back(domain::UserKey(pool_id, name));  // it may be the sub itself
  reads.keys.push_back(nobody.RecordKey());
  if (shares) reads.keys.push_back(domain::SharedLooksKey(nobody));
}

}  // namespace

store::Expecting ExpectBeginning(const domain::Services& services, std::string_view client_id,
                                 std::string_view name, bool by_password) {
  store::ReadAhead* const ahead = services.store.read_ahead();
  if (ahead == nullptr) return {};
  // Earlier calls have shown to which pool the client belongs, and how that pool spells names.
  auto client = domain::RememberedClient(client_id);
  if (!client) return {};
  auto pool = domain::RememberedPool(client->pool_id);
  store::Reads reads{.keys = {domain::ClientKey(client_id), domain::PoolKey(client->pool_id)}};
  if (pool && !name.empty()) {
    const Attempt attempt{
        .services = services, .pool = std::move(pool), .client = std::move(client), .context = {}};
    AddName(attempt, name, by_password, reads);
  }
  return {ahead, std::move(reads)};
}

store::Expecting ExpectAfterReservation(const Attempt& attempt, const Progress& progress) {
  store::ReadAhead* const ahead = attempt.services.store.read_ahead();
  if (ahead == nullptr || !domain::SharesLooks(attempt.services)) return {};
  const std::string& pool_id = attempt.pool->id;
  store::Reads reads;
  if (progress.user) reads.keys = domain::GroupKeysOf(*progress.user);
  // For a name that nobody has it is the key of no record, and takes as long.
  reads.keys.push_back(domain::PasswordRecordKey(pool_id, progress.sub));
  reads.firsts.push_back(domain::FirstKeyOf(pool_id));
  return store::Expecting::AfterCommit(*ahead, std::move(reads));
}

store::Expecting ExpectAfterProof(const Attempt& attempt, const Progress* proved) {
  store::ReadAhead* const ahead = attempt.services.store.read_ahead();
  store::Reads reads;
  if (ahead != nullptr && proved != nullptr && proved->user) {
    const std::string& pool_id = attempt.pool->id;
    reads.keys = domain::GroupKeysOf(*proved->user);
    reads.keys.push_back(domain::GuessSubjectOf(pool_id, proved->user->sub).RecordKey());
    reads.firsts.push_back(domain::FirstKeyOf(pool_id));
  }
  return {ahead, std::move(reads)};
}

}  // namespace sallyport::sign_in
