// POST /_sallyport/lock-outs: who is locked out by wrong passwords, to calls signed with SigV4.
//
// JSON {"UserPoolId", "Username", "Action": "SHOW" | "LIFT"} gives {"Username", "WrongPasswords",
// "LockedOut", "SecondsLeft"}: how many wrong passwords count
// (domain/credentials/password_guesses.h), whether no password is looked at, and for how long;
// after LIFT there are none. An error is {"__type", "message"}.
#pragma once

#include "own_api/endpoint.h"

namespace sallyport::own_api {

base::Result<Work> ParseLockOuts(const boost::json::object& body);

inline constexpr Endpoint kLockOuts{
    .path = "/_sallyport/lock-outs", .name = "LockOuts", .parse = ParseLockOuts};

}  // namespace sallyport::own_api
