// POST /_sallyport/revoke: users in bulk, to calls signed with SigV4.
//
// JSON {"UserPoolId", "Action": "COUNT" | "SIGN_OUT" | "DISABLE" | "DELETE", "Filter"?, "Cursor"?,
// "Limit"?} gives {"Users", "Usernames", "Cursor"?}: how many this page was about, the first of
// them, and where the next page begins. Once it is answered they are cut off everywhere.
// operations/sessions/bulk_cut_off.h has the rules; an error is {"__type", "message"}.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "http/backends.h"
#include "http/request.h"
#include "http/response.h"

namespace sallyport::http {

inline constexpr std::string_view kBulkCutOffPath = "/_sallyport/revoke";

boost::asio::awaitable<Response> BulkCutOff(const Backends& backends, const Request& request,
                                            const Peer& peer, const std::string& request_id);

}  // namespace sallyport::http
