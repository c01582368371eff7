#include "operations/users/user_shapes.h"

#include <optional>
#include <string>
#include <utility>

#include "domain/errors.h"
#include "domain/records/commit.h"
#include "domain/records/json.h"
#include "domain/tokens/caller.h"
#include "domain/tokens/family.h"
#include "domain/users/user.h"
#include "store/server_time.h"
#include "store/store.h"

namespace sallyport::operations {

namespace json = boost::json;

json::object UserType(const domain::User& user) {
  return {{"Username", user.username},
          {"Attributes", domain::AttributeList(user)},
          {"UserCreateDate", domain::Timestamp(user.created_millis)},
          {"UserLastModifiedDate", domain::Timestamp(user.modified_millis)},
          {"Enabled", user.enabled},
          {"UserStatus", user.status}};
}

domain::Attributes AttributesOf(const api::List<api::AttributeType>& list) {
  domain::Attributes attributes;
  for (const api::AttributeType attribute : list) {
    domain::TakeAttribute(attributes, attribute.name(), attribute.value());
  }
  return attributes;
}

base::Status ChangeNamedUser(Call& call, const domain::Pool& pool, std::string_view username,
                             const UserChange& change) {
  const auto commit = [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(domain::User user, domain::RequireUser(tx, pool, username));
    return change(tx, user);
  };
  return domain::Commit(call.services, commit);
}

namespace {

// The caller's user, if the session is still alive: a session that was ended meanwhile must not end
// a newer one.
base::Result<domain::User> PresentCaller(const Call& call, store::Reader& reader) {
  const domain::User& caller = call.caller->user;
  SALLYPORT_ASSIGN(std::optional<domain::User> user,
                   domain::GetUser(reader, caller.pool_id, caller.sub));
  if (!user) {
    return domain::error::kAccessTokenRevoked.Because("deleted since the token was checked");
  }
  SALLYPORT_ASSIGN(const auto family, domain::GetFamily(reader, call.caller->family.id));
  if (!family || !domain::IsAlive(*family, &*user)) {
    return domain::error::kAccessTokenRevoked.Because("revoked since the token was checked");
  }
  return std::move(*user);
}

// What the commit reads first (store/read_ahead.h). Earlier calls have shown how the pool spells
// names; if that has changed, the reads are only wasted.
store::Expecting ExpectNamed(const domain::Services& services, const NamedUser& named) {
  store::ReadAhead* const ahead = services.store.read_ahead();
  if (ahead == nullptr) return {};
  store::Reads reads{.keys = {domain::PoolKey(named.pool_id), std::string(store::kTimeRecord)}};
  if (const auto pool = domain::RememberedPool(named.pool_id)) {
    for (std::string& key : domain::NameRecordKeys(*pool, named.username)) {
      reads.following.push_back({std::move(key), domain::UserKey(pool->id, "")});
    }
  }
  return {ahead, std::move(reads)};
}

}  // namespace

base::Status ChangeCaller(Call& call, const UserChange& change) {
  return domain::Commit(call.services, [&](store::Tx& tx) -> base::Status {
    SALLYPORT_ASSIGN(domain::User user, PresentCaller(call, tx));
    return change(tx, user);
  });
}

base::Result<Revoked> RevokeCaller(
    Call& call, const std::function<base::Status(store::LogTx& tx, domain::User& user)>& change) {
  const auto commit = [&](store::LogTx& tx) -> base::Status {
    SALLYPORT_ASSIGN(domain::User user, PresentCaller(call, tx));
    return change(tx, user);
  };
  SALLYPORT_ASSIGN(const store::Release release, domain::CommitRevoking(call.services, commit));
  return Revoked{release};
}

base::Result<Revoked> RevokeNamedUser(
    Call& call, const NamedUser& named,
    const std::function<base::Status(store::LogTx& tx, const domain::Pool& pool,
                                     domain::User& user)>& change) {
  const store::Expecting ahead = ExpectNamed(call.services, named);
  const auto commit = [&](store::LogTx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const auto pool, domain::GetSharedPool(tx, named.pool_id));
    SALLYPORT_ASSIGN(domain::User user, domain::RequireUser(tx, *pool, named.username));
    return change(tx, *pool, user);
  };
  SALLYPORT_ASSIGN(const store::Release release, domain::CommitRevoking(call.services, commit));
  return Revoked{release};
}

}  // namespace sallyport::operations
