// Account recovery, in AWS's word: by which address a user who has forgotten the password is
// reached.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "domain/messages/message_template.h"
#include "domain/pools/pool.h"
#include "domain/users/user.h"
#include "operations/operation.h"

namespace sallyport::operations {

// NotAuthorizedException where the pool leaves recovery to administrators.
base::Status CheckSelfService(const domain::Pool& pool);

// The verified address that comes first in RecoveryMechanisms; nullopt where the user has none.
std::optional<domain::Channel> RecoveryChannel(const domain::Pool& pool, const domain::User& user);

// The medium by which a user of that name would be reached: that of the name, if it is an address,
// otherwise the first. The pool has one (CheckSelfService).
domain::Medium LikelyMedium(const domain::Pool& pool, std::string_view name);

// NotAuthorizedException where the user is disabled or has yet to choose a first password.
base::Status CheckResettable(const domain::User& user);

// Before the commit that sends a code to reset a password: PrepareMessage for the user of that
// name, or nothing for whom the commit will refuse. `metadata`: of the call, where it has some.
base::Result<domain::CustomMessage> PrepareRecovery(const Call& call, const domain::Pool& pool,
                                                    std::string_view username,
                                                    std::string_view client_id,
                                                    const boost::json::object* metadata);

}  // namespace sallyport::operations
