// Shared by the user operations: the user in the form of the API, and the steps of changing a user.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "domain/pools/pool.h"
#include "domain/users/attributes.h"
#include "domain/users/user.h"
#include "operations/operation.h"
#include "store/store.h"

namespace sallyport::operations {

// UserType, for AdminCreateUser and ListUsers.
boost::json::object UserType(const domain::User& user);

// The member Limit: 60 where it is 0 or absent, as in AWS.
template <typename Input>
size_t QueryLimit(const Input& input) {
  constexpr int64_t kGreatestLimit = 60;
  const int64_t asked = input.limit(0);
  return static_cast<size_t>(asked == 0 ? kGreatestLimit : asked);
}

// Reads UserAttributes or ValidationData; see domain::TakeAttribute.
domain::Attributes AttributesOf(const api::List<api::AttributeType>& list);

// The change that an operation makes to the user whom it has read in its commit.
using UserChange = std::function<base::Status(store::Tx& tx, domain::User& user)>;

// One commit: reads the user of that name and runs `change`. UserNotFoundException where there is
// none.
base::Status ChangeNamedUser(Call& call, const domain::Pool& pool, std::string_view username,
                             const UserChange& change);
// The same for the caller's own user.
base::Status ChangeCaller(Call& call, const UserChange& change);

// The user that an administrator's call names.
struct NamedUser {
  template <typename Input>
  explicit NamedUser(const Input& input)
      : pool_id(input.user_pool_id()), username(input.username()) {}

  std::string_view pool_id;
  std::string_view username;
};

// The same two functions for changes that revoke. They also give the operation's whole answer.
base::Result<Revoked> RevokeNamedUser(
    Call& call, const NamedUser& named,
    const std::function<base::Status(store::LogTx& tx, const domain::Pool& pool,
                                     domain::User& user)>& change);
base::Result<Revoked> RevokeCaller(
    Call& call, const std::function<base::Status(store::LogTx& tx, domain::User& user)>& change);

struct HashLaneType {
  template <typename Input>
  constexpr Lane operator()(const Input&) const {
    return Lane::kHash;
  }
};
inline constexpr HashLaneType HashLane;

}  // namespace sallyport::operations
