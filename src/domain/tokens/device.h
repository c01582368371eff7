// Device: from where a sign-in or refresh came, for ListUserSessions.
#pragma once

#include <string>
#include <string_view>

namespace sallyport::domain {

// What the connection and its headers say about the caller; AWS calls it the context data of a
// request. Views must outlive the call.
struct ContextData {
  std::string_view ip;
  std::string_view user_agent;
};

struct Device {
  std::string type;  // DeviceType; empty: not recorded
  std::string ip;
};

// A short description: "Chrome on Windows", "aws-sdk-js on Linux" or "unknown", in printable ASCII,
// at most 100 characters. A user agent may claim anything, so nothing may depend on it.
std::string DeviceType(std::string_view user_agent);
// An empty Device where the address is not known.
Device DeviceOf(const ContextData& context);

}  // namespace sallyport::domain
