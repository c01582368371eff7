// Grant: the logic of one grant_type, which the token endpoint's phases (token.cc) call upon.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"
#include "codec/form.h"
#include "domain/clients/client.h"
#include "domain/limits/throttle.h"
#include "domain/services.h"
#include "domain/tokens/issue.h"

namespace sallyport::store {
class Reader;
}

namespace sallyport::oauth2 {

// A request after the phases that come before a grant's own: the client has proved itself, may use
// the grant, and has given the parameters that it requires.
struct GrantRequest {
  const domain::Services& services;
  const std::shared_ptr<const domain::Client>& client;
  const codec::Form& form;
  domain::ContextData context{};
};

// What is left of a grant to do when the snapshot is gone: signing, and what commits.
using GrantCompletion = std::function<base::Result<domain::TokenIssuance>()>;

struct Grant {
  std::string_view name;                                  // grant_type
  std::span<const std::string_view> required_parameters;  // beside grant_type
  domain::Category category;                              // of the quota that it counts for
  // Whether the client's settings let it use the grant.
  bool (*allows)(const domain::Client& client);
  // Decides in the snapshot that the client was read in. Errors: invalid_grant, invalid_scope, and
  // an InternalErrorException.
  base::Result<GrantCompletion> (*check)(const GrantRequest& request, store::Reader& reader);
};

extern const Grant kClientCredentialsGrant;
extern const Grant kRefreshTokenGrant;

}  // namespace sallyport::oauth2
