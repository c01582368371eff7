// Shared by the group operations.
#pragma once

#include <boost/json/object.hpp>
#include <functional>
#include <string_view>

#include "base/result.h"
#include "domain/users/group.h"
#include "operations/operation.h"
#include "store/store.h"

namespace sallyport::operations {

// GroupType.
boost::json::object GroupType(const domain::Group& group);

// Sets description, role and precedence as far as the input has them.
template <typename Input>
void TakeGroupMembers(const Input& input, domain::Group& group) {
  if (input.has_description()) group.description = input.description();
  if (input.has_role_arn()) group.role_arn = input.role_arn();
  if (input.has_precedence()) group.precedence = input.precedence(0);
}

// A user and a group of the same pool, as a call names them.
struct NamedMembership {
  template <typename Input>
  explicit NamedMembership(const Input& input)
      : pool_id(input.user_pool_id()), username(input.username()), group(input.group_name()) {}

  std::string_view pool_id;
  std::string_view username;
  std::string_view group;
};

// One commit: reads the pool, the group and the user, and runs `change`. ResourceNotFoundException,
// UserNotFoundException.
base::Status ChangeMembership(
    Call& call, const NamedMembership& named,
    const std::function<base::Status(store::Tx& tx, domain::User& user,
                                     const domain::Group& group)>& change);

}  // namespace sallyport::operations
