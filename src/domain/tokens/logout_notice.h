// LogoutNotice: says that an app has to be told that a session of one of its users has ended
// (OpenID Connect Back-Channel Logout 1.0). The commit that revokes the session writes it, whatever
// the cause. It is deleted when the app has accepted it.
//
// Record "logout-notice/{family id}".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace sallyport::store {
class Tx;
}  // namespace sallyport::store

namespace sallyport::domain {

struct LogoutNotice {
  std::string family;  // `sid` of the session's ID tokens
  std::string pool_id;
  std::string client_id;
  std::string sub;
  int64_t given_up = 0;    // Unix seconds, compared with store::ForgetBefore
  int attempts = 0;        // the attempts that have failed
  int64_t due_millis = 0;  // by the watched time; 0: at once
};

// For how long it is still tried after the session's last token has expired.
inline constexpr int64_t kLogoutNoticeSeconds = 86'400;

// Index of all of them: sort "{client id}/{when it is due, 16 digits}".
inline constexpr std::string_view kLogoutNotices = "logout-notices";
std::string LogoutNoticeSort(std::string_view client_id, int64_t due_millis);
// Sort ExpirySort(given_up).
inline constexpr std::string_view kLogoutNoticesByExpiry = "logout-notices-by-expiry";
// A position after every notice of the client, and before those of the next client.
std::string BehindLogoutNoticesOf(std::string_view client_id);

std::string LogoutNoticeKey(std::string_view family);
base::Status PutLogoutNotice(store::Tx& tx, const LogoutNotice& notice);
base::Result<LogoutNotice> ParseLogoutNotice(std::string_view key, std::string_view bytes);

}  // namespace sallyport::domain
