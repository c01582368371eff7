// What a pool's functions do with a message: CustomMessage gives texts in place of the pool's;
// CustomEmailSender and CustomSMSSender send it (domain/messages/custom_sender.h). Source: "Custom
// message Lambda trigger", Cognito developer guide.
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

// Called before the commit that queues a message to `user` by `channel`. CustomMessage is not
// called where another function sends messages of that medium. If the user is changed meanwhile, so
// that the commit queues a message to another channel, that message has the pool's own texts.
//
// A text from the function must have the place for the code, {####}, or, in a mail with a link, the
// place for the link (otherwise InvalidParameterException, as in AWS). For "AdminCreateUser" it
// must have {####} and {username}; otherwise the pool's own text is sent, which AWS does silently.
base::Result<domain::CustomMessage> PrepareMessage(const Call& call, const domain::Pool& pool,
                                                   const domain::User& user,
                                                   const domain::Channel& channel,
                                                   const MessageCause& cause);

// Whether PrepareMessage does anything for this pool.
bool PreparesMessages(const domain::Pool& pool);

}  // namespace sallyport::operations
