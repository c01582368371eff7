// What the group operations share.
#pragma once

#include <boost/json/object.hpp>
#include <functional>

#include "base/result.h"
#include "domain/group.h"
#include "operations/operation.h"
#include "store/store.h"

namespace sallyport::operations {

// GroupType.
boost::json::object GroupType(const domain::Group& group);

// Takes Description, RoleArn and Precedence as far as they are given.
void TakeGroupMembers(const boost::json::object& input, domain::Group& group);

// One commit: the pool, the group and the user that the input names are read, and `change` is done.
// ResourceNotFoundException, UserNotFoundException.
base::Status ChangeMembership(
    Call& call, const boost::json::object& input,
    const std::function<base::Status(store::Tx& tx, domain::User& user,
                                     const domain::Group& group)>& change);

}  // namespace sallyport::operations
