// POST /_sallyport/keys: the signing keys of a user pool, for calls signed with SigV4.
//
// {"Action": "LIST", "UserPoolId"} gives {"Keys": [{"Kid", "State", "Published", "Since",
// "Until"?}]}, the key that signs first (domain/keys/key_rotation.h).
//
// {"Action": "ROTATE", "UserPoolId"} publishes the next key, and gives the same. The key begins to
// sign by itself, once everybody can know it.
//
// {"Action": "REPLACE", "UserPoolId"} makes a new key that signs at once, and gives the same, once
// every other key of the pool is refused everywhere.
//
// An error is {"__type", "message"}.
#pragma once

#include "own_api/endpoint.h"

namespace sallyport::own_api {

base::Result<Work> ParseKeys(const boost::json::object& body);

inline constexpr Endpoint kKeys{.path = "/_sallyport/keys", .name = "Keys", .parse = ParseKeys};

}  // namespace sallyport::own_api
