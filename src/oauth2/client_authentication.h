// How a client authenticates to the token and the revocation endpoint (RFC 6749, section 2.3).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "codec/form.h"
#include "domain/clients/client.h"
#include "domain/clients/client_assertion.h"
#include "domain/services.h"
#include "oauth2/endpoint.h"

namespace sallyport::oauth2 {

struct ClientCredentials {
  std::string id;
  std::string secret;     // empty for a public client
  std::string assertion;  // private_key_jwt (client_assertion.h), in the place of a secret
};

// Reads them from the Authorization header (Basic; its parts are taken verbatim, as AWS does, or
// url-decoded, as RFC 6749 has it) or from client_id and client_secret or client_assertion in the
// form. An assertion alone names the client by its `sub`. invalid_request where there is no client
// id, where there are two different ones, or where the client authenticates in more than one way;
// invalid_client where the header is malformed.
base::Result<ClientCredentials> ReadClientCredentials(std::string_view authorization,
                                                      const codec::Form& form);

// The client, after checking that it is of the pool that the request names (by its path, otherwise
// by Host; a request may name none) and that its secret, or its assertion, is right. `reader` is
// one snapshot for all reads. invalid_request and invalid_client, without any detail.
base::Result<std::shared_ptr<const domain::Client>> AuthenticateClient(
    const domain::Services& services, store::Reader& reader, const EndpointRequest& request,
    const codec::Form& form, domain::AssertionUse use);

}  // namespace sallyport::oauth2
