// Logout tokens: how an app is told that a session has ended (OpenID Connect Back-Channel
// Logout 1.0 section 2.4).
#pragma once

#include <string>

#include "base/result.h"
#include "domain/services.h"
#include "domain/tokens/logout_notice.h"

namespace sallyport::domain {

// Makes a token for the client of the notice. It is valid for two minutes, so a new one is made for
// each attempt. ResourceNotFoundException where the pool is gone.
base::Result<std::string> MakeLogoutToken(const Services& services, const LogoutNotice& notice);

}  // namespace sallyport::domain
