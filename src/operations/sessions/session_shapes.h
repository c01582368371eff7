// What the session operations share: configurations, and TokenFamilies as SessionDescriptionType
// shows them.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "domain/clients/client.h"
#include "domain/pools/pool.h"
#include "domain/users/user.h"
#include "operations/operation.h"
#include "store/store.h"

namespace sallyport::operations {

// The answers of Set- and GetUserPoolSessionConfiguration, and of the client's.
boost::json::object PoolSessionConfiguration(const domain::Pool& pool);
boost::json::object ClientSessionConfiguration(const domain::Client& client);

// FeatureUnavailableInTierException in tier LITE.
base::Status CheckSessionTier(const domain::Pool& pool);
// OperationNotEnabledException where the pool does not track sessions.
base::Status CheckTracked(const domain::Pool& pool);

// The answer of ListUserSessions and AdminListUserSessions: a page of up to 125 of the user's
// sessions that live, the one used last first. `current`: the caller's own; empty: none.
base::Result<boost::json::object> SessionsAnswer(const Call& call, store::Reader& reader,
                                                 const domain::User& user,
                                                 std::string_view next_token,
                                                 std::string_view current);

// A part of a commit: revokes the session of `user`, who is as read in it, and writes the anchor.
// ResourceNotFoundException where the user has no such session, or no more.
base::Status RevokeSession(store::LogTx& tx, domain::User& user, std::string_view session_id,
                           int64_t now_seconds);

}  // namespace sallyport::operations
