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

#include "own_api/endpoint.h"

namespace sallyport::own_api {

base::Result<Work> ParseKeys(const boost::json::object& body);

inline constexpr Endpoint kKeys{.path = "/_sallyport/keys", .name = "Keys", .parse = ParseKeys};

}  // namespace sallyport::own_api
