// POST /_sallyport/revoke: cuts off many users at once, for calls signed with SigV4.
//
// {"UserPoolId", "Action": "COUNT" | "SIGN_OUT" | "DISABLE" | "DELETE", "Filter"?, "Cursor"?,
// "Limit"?} gives {"Users", "Usernames", "Cursor"?}: how many users this page had, the names of the
// first of them, and where the next page begins. When it is answered, they are cut off everywhere.
// domain/users/bulk_cut_off.h has the rules. An error is {"__type", "message"}.
#pragma once

#include "own_api/endpoint.h"

namespace sallyport::own_api {

base::Result<Work> ParseBulkCutOff(const boost::json::object& body);

inline constexpr Endpoint kBulkCutOff{
    .path = "/_sallyport/revoke", .name = "BulkCutOff", .parse = ParseBulkCutOff};

}  // namespace sallyport::own_api
