// Which addresses may be given for calls that carry tokens, signatures or secrets.
#pragma once

#include <string_view>

namespace sallyport::outgoing {

// Whether `url` is plain HTTP to this host, by the name localhost, 127.0.0.1 or [::1].
bool IsPlainToThisHost(std::string_view url);

// nullptr: secrets may be sent to `url`, which is HTTPS, or plain HTTP to this host; otherwise a
// static text that follows it in a message.
const char* WhyNoUrl(std::string_view url);

}  // namespace sallyport::outgoing
