// The outbox: messages that wait for delivery, or that no mail or SMS service takes, for developers
// and operators. They contain codes and temporary passwords.
#pragma once

#include <string>
#include <vector>

#include "domain/messages/message.h"
#include "own_api/page.h"

namespace sallyport::own_api {

// With the query "to=NAME", only messages to that address, phone number or user.
base::Result<Shown> ShowOutbox(const PageCall& call);
inline constexpr Page kOutbox{"/_sallyport/outbox", ShowOutbox};

// The page for a browser. Messages may contain anything; the page shows it and never runs it.
std::string OutboxPage(const std::vector<domain::Message>& messages);

}  // namespace sallyport::own_api
