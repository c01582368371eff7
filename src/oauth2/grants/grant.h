// Grant: the logic of one grant_type. The token endpoint (token.cc) runs the phases that all grants
// share and calls the grant for its own.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "codec/form.h"
#include "domain/clients/client.h"
#include "domain/limits/throttle.h"
#include "domain/services.h"
#include "domain/tokens/issue.h"
#include "store/release.h"

namespace sallyport::store {
class Reader;
}

namespace sallyport::oauth2 {

// A request after those shared phases: the client has authenticated, may use the grant, and has
// given the parameters that the grant requires.
struct GrantRequest {
  const domain::Services& services;
  const std::shared_ptr<const domain::Client>& client;
  const codec::Form& form;
  // domain::TimeToIssue, taken before the client was read.
  base::Result<int64_t> now_millis;
  domain::ContextData context{};
};

// The code or token had been used before, and what was issued for it has been revoked. This cannot
// be made without the Release of the commit that revoked it.
struct RevokedInstead {
  base::Error error;
  store::Release release;
};
using GrantOutcome = std::variant<domain::TokenIssuance, RevokedInstead>;

// The work that remains after the snapshot was released: signing, and a commit.
using GrantCompletion = std::function<base::Result<GrantOutcome>()>;

struct Grant {
  std::string_view name;                                  // grant_type
  std::span<const std::string_view> required_parameters;  // in addition to grant_type
  domain::Category category;                              // the quota that it counts for
  // Whether the client's settings allow the grant.
  bool (*allows)(const domain::Client& client);
  // Decides, in the snapshot in which the client was read. Errors: invalid_grant, invalid_scope,
  // and an InternalErrorException.
  base::Result<GrantCompletion> (*check)(const GrantRequest& request, store::Reader& reader);
};

extern const Grant kAuthorizationCodeGrant;
extern const Grant kClientCredentialsGrant;
extern const Grant kRefreshTokenGrant;

}  // namespace sallyport::oauth2
