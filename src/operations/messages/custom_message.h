// What a pool's functions make of a message: CustomMessage gives texts in the place of the pool's;
// CustomEmailSender and CustomSMSSender send it (domain/messages/custom_sender.h).
// Source: "Custom message Lambda trigger", Cognito developer guide.
#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "base/result.h"
#include "domain/messages/message_template.h"
#include "domain/pools/pool.h"
#include "domain/users/user.h"
#include "operations/operation.h"

namespace sallyport::operations {

struct MessageCause {
  std::string_view cause;               // domain::Message::cause
  std::string_view client_id;           // of the call, where it has one
  const boost::json::object* metadata;  // ClientMetadata; nullptr: the call has none
};

// Before the commit that queues a message to `user` by `channel`. CustomMessage is not called where
// another function sends what goes by that medium. What the commit then queues by another channel,
// since the user was changed meanwhile, has the pool's texts where this has none.
//
// What a text must have: the place for the code, {####}, or for the link where the mail has one
// (InvalidParameterException, as AWS has it); for "AdminCreateUser" both {####} and {username}, or
// else the pool's own text is sent (AWS does so without a word).
base::Result<domain::CustomMessage> PrepareMessage(const Call& call, const domain::Pool& pool,
                                                   const domain::User& user,
                                                   const domain::Channel& channel,
                                                   const MessageCause& cause);

// Whether PrepareMessage does anything for this pool.
bool PreparesMessages(const domain::Pool& pool);

}  // namespace sallyport::operations
