// POST /_sallyport/keys: the signing keys of a user pool, to calls signed with SigV4.
//
// JSON {"Action": "LIST", "UserPoolId"} gives {"Keys": [{"Kid", "State", "Published", "Since",
// "Until"?}]}: the one that signs first (domain/keys/key_rotation.h).
// {"Action": "ROTATE", "UserPoolId"} publishes the next key, which signs by itself once everybody
// can know it, and gives the same.
// {"Action": "REPLACE", "UserPoolId"} gives the same, once every key that the pool had is refused
// everywhere; a new one signs.
// An error is {"__type", "message"}.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "http/backends.h"
#include "http/request.h"
#include "http/response.h"

namespace sallyport::http {

inline constexpr std::string_view kKeysPath = "/_sallyport/keys";

boost::asio::awaitable<Response> Keys(const Backends& backends, const Request& request,
                                      const Peer& peer, const std::string& request_id);

}  // namespace sallyport::http
