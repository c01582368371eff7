// POST /_sallyport/lock-outs: who is locked out by wrong passwords, to calls signed with SigV4.
//
// JSON {"UserPoolId", "Username", "Action": "SHOW" | "LIFT"} gives {"Username", "WrongPasswords",
// "LockedOut", "SecondsLeft"}: how many wrong passwords count
// (domain/credentials/password_guesses.h), whether no password is looked at, and for how long;
// after LIFT there are none. An error is {"__type", "message"}.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "http/backends.h"
#include "http/request.h"
#include "http/response.h"

namespace sallyport::http {

inline constexpr std::string_view kLockOutsPath = "/_sallyport/lock-outs";

boost::asio::awaitable<Response> LockOuts(const Backends& backends, const Request& request,
                                          const Peer& peer, const std::string& request_id);

}  // namespace sallyport::http
