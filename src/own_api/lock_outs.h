// POST /_sallyport/lock-outs: which users are locked out after wrong passwords, for calls signed
// with SigV4.
//
// {"UserPoolId", "Username", "Action": "SHOW" | "LIFT"} gives {"Username", "WrongPasswords",
// "LockedOut", "SecondsLeft"}: how many wrong passwords are counted
// (domain/credentials/password_guesses.h), and whether and for how long no password is looked at.
// LIFT clears the count first. An error is {"__type", "message"}.
#pragma once

#include "own_api/endpoint.h"

namespace sallyport::own_api {

base::Result<Work> ParseLockOuts(const boost::json::object& body);

inline constexpr Endpoint kLockOuts{
    .path = "/_sallyport/lock-outs", .name = "LockOuts", .parse = ParseLockOuts};

}  // namespace sallyport::own_api
