// How a client proves itself to the token and the revocation endpoint (RFC 6749 section 2.3).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/form.h"
#include "domain/clients/client.h"
#include "domain/services.h"
#include "oauth2/endpoint.h"

namespace sallyport::oauth2 {

struct ClientCredentials {
  std::string id;
  std::string secret;  // empty: none, as public clients have it
};

// From the Authorization header (Basic, whose parts are taken verbatim, as AWS does, and not
// url-decoded) or from client_id and client_secret in the form. invalid_request where there is no
// client id, where two differ, or where a secret is given both ways; invalid_client where the
// header is not well-formed.
base::Result<ClientCredentials> ReadClientCredentials(std::string_view authorization,
                                                      const codec::Form& form);

// The client, once it is known to be of the pool that the request names (path, else Host; a request
// may name none) and to have proved itself. `reader`: one snapshot for all that is read.
// invalid_request and invalid_client, which says no more than that.
base::Result<std::shared_ptr<const domain::Client>> AuthenticateClient(
    const domain::Services& services, store::Reader& reader, const EndpointRequest& request,
    const codec::Form& form);

}  // namespace sallyport::oauth2
