// Shared by the session operations: configurations, and TokenFamilies in the form of
// SessionDescriptionType.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "base/result.h"
#include "domain/clients/client.h"
#include "domain/pools/pool.h"
#include "domain/services.h"
#include "domain/tokens/revoke.h"
#include "domain/users/user.h"
#include "operations/operation.h"
#include "store/store.h"

namespace sallyport::operations {

// The answers of SetUserPoolSessionConfiguration and GetUserPoolSessionConfiguration, and of their
// siblings for clients.
boost::json::object PoolSessionConfiguration(const domain::Pool& pool);
boost::json::object ClientSessionConfiguration(const domain::Client& client);

// FeatureUnavailableInTierException where the pool is in tier LITE.
base::Status CheckSessionTier(const domain::Pool& pool);
// OperationNotEnabledException where the pool does not track sessions.
base::Status CheckTracked(const domain::Pool& pool);

// The answer of ListUserSessions and AdminListUserSessions: a page of at most 125 of the user's
// sessions that are alive, the one that was used last first. `current` is the caller's own session;
// empty: none.
base::Result<boost::json::object> SessionsAnswer(const Call& call, store::Reader& reader,
                                                 const domain::User& user,
                                                 std::string_view next_token,
                                                 std::string_view current);

template <typename Input>
domain::Associated AssociatedOf(const Input& input) {
  return input.revoke_associated_sessions() == api::RevokeAssociatedSessionsType::kLinked
             ? domain::Associated::kLinked
             : domain::Associated::kNone;
}
// Part of a commit: revokes a session of `user`, who was read in this commit, and writes the
// anchor. ResourceNotFoundException where the user does not have that session, or does not have it
// any more.
base::Status RevokeSession(store::LogTx& tx, const domain::Services& services, domain::User& user,
                           std::string_view session_id, domain::Associated associated);

}  // namespace sallyport::operations
