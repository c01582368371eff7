// Account recovery, as AWS calls it: to which address the code is sent when a user has forgotten
// the password.
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

// NotAuthorizedException where only administrators can recover accounts of this pool.
base::Status CheckSelfService(const domain::Pool& pool);

// The first verified address according to RecoveryMechanisms; nullopt where the user has none.
std::optional<domain::Channel> RecoveryChannel(const domain::Pool& pool, const domain::User& user);

// The medium by which a user of that name would probably be reached: if the name is an address, the
// medium of that address; otherwise the first. Precondition: CheckSelfService has succeeded, so the
// pool has one.
domain::Medium LikelyMedium(const domain::Pool& pool, std::string_view name);

// NotAuthorizedException where the user is disabled or still has to choose a first password.
base::Status CheckResettable(const domain::User& user);

// Called before the commit that sends a code to reset a password: runs PrepareMessage for the user
// of that name, or does nothing where the commit will refuse. `metadata` is the call's, if it has
// some.
base::Result<domain::CustomMessage> PrepareRecovery(const Call& call, const domain::Pool& pool,
                                                    std::string_view username,
                                                    std::string_view client_id,
                                                    const boost::json::object* metadata);

}  // namespace sallyport::operations
