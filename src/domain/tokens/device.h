// Device: whence a sign-in or refresh came, as ListUserSessions tells it.
#pragma once

#include <string>
#include <string_view>

namespace sallyport::domain {

// Who made a call, as the connection and its headers say: what AWS calls the context data of a
// request. Views outlive the call.
struct ContextData {
  std::string_view ip;
  std::string_view user_agent;
};

struct Device {
  std::string type;  // DeviceType; empty: not recorded
  std::string ip;
};

// "Chrome on Windows", "aws-sdk-js on Linux", "unknown": printable ASCII, at most 100 characters. A
// user agent may claim anything: nothing is decided by it.
std::string DeviceType(std::string_view user_agent);
// Not recorded where the address is not known.
Device DeviceOf(const ContextData& context);

}  // namespace sallyport::domain
