// Mail: a Message in the format that SMTP transports.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "domain/messages/message.h"

namespace sallyport::delivery {

// Only the address from `"Name" <a@b>` or `a@b`, for SMTP's envelope. Empty where the text is not
// an address, or has characters that would end a header or a command.
std::string_view EnvelopeAddress(std::string_view mailbox);

// Header and body (RFC 5322, 2045, 2047), with lines that end with CR LF. `from` is a mailbox. An
// error where an address is missing or malformed.
base::Result<std::string> FormatMail(const domain::Message& message, std::string_view from,
                                     int64_t now_seconds);

}  // namespace sallyport::delivery
