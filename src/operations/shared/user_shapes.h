// What the user operations share: the user as the API shows it, and the steps of changing one.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "domain/pool.h"
#include "domain/user.h"
#include "operations/operation.h"
#include "store/store.h"

namespace sallyport::operations {

// UserType: AdminCreateUser, ListUsers.
boost::json::object UserType(const domain::User& user);

// Member Limit as AWS takes it: 60 where it is 0 or not given.
size_t QueryLimit(const boost::json::object& input);

// The pool of member UserPoolId.
base::Result<std::shared_ptr<const domain::Pool>> PoolOf(const Call& call,
                                                         const boost::json::object& input);

// What an operation does with the user it has read in its commit.
using UserChange = std::function<base::Status(store::Tx& tx, domain::User& user)>;

// One commit: the user of member Username is read, and `change` is done to it.
// UserNotFoundException where there is none.
base::Status ChangeNamedUser(Call& call, const domain::Pool& pool, const boost::json::object& input,
                             const UserChange& change);
// The same for the caller's own user.
base::Status ChangeCaller(Call& call, const UserChange& change);

// The same two for changes that revoke, and the whole of what their operations answer.
base::Result<Revoked> RevokeNamedUser(
    Call& call, const boost::json::object& input,
    const std::function<base::Status(store::LogTx& tx, const domain::Pool& pool,
                                     domain::User& user)>& change);
base::Result<Revoked> RevokeCaller(
    Call& call, const std::function<base::Status(store::LogTx& tx, domain::User& user)>& change);

inline Lane HashLane(const boost::json::object&) {
  return Lane::kHash;
}

}  // namespace sallyport::operations
