// The outbox: messages that wait for delivery or that no transport takes, for whoever develops or
// operates. They hold codes and temporary passwords.
#pragma once

#include <string>
#include <vector>

#include "domain/messages/message.h"
#include "own_api/page.h"

namespace sallyport::own_api {

// With the query "to=NAME" only those to that destination or user.
base::Result<Shown> ShowOutbox(const PageCall& call);
inline constexpr Page kOutbox{"/_sallyport/outbox", ShowOutbox};

// For a browser. What messages say may be anything: the page shows it, and runs none of it.
std::string OutboxPage(const std::vector<domain::Message>& messages);

}  // namespace sallyport::own_api
