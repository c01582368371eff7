// CustomEmailSender and CustomSMSSender: functions of a pool that send its messages in place of the
// server. They are given the code encrypted under the pool's KMSKeyID. Source: "Custom sender
// Lambda triggers", Cognito developer guide.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/hooks/hook.h"
#include "domain/messages/message.h"
#include "domain/pools/pool.h"
#include "domain/users/user.h"

namespace sallyport::domain {

Trigger SenderOf(Medium medium);
// Whether the pool has either function.
bool HasSender(const Pool& pool);

// LambdaConfig.KMSKeyID; empty: none.
std::string_view SenderKeyId(const Pool& pool);

// The value of Message::for_sender. `client_metadata` may be null.
std::string ForSender(const User& user, std::string_view client_id, std::string_view user_agent,
                      const boost::json::object* client_metadata);

// Calls the function that sends `message`. The pool must have the function, and the message must be
// meant for it. `code` is the encrypted code in base64. The function's answer is ignored: AWS does
// not wait for one. Errors: those of CallHook.
base::Status CallSender(const Services& services, const Pool& pool, const Message& message,
                        std::string_view code);

}  // namespace sallyport::domain
