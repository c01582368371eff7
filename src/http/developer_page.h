// Who may see the pages that are for whoever develops or operates.
#pragma once

#include <optional>

#include "http/backends.h"
#include "http/request.h"
#include "http/response.h"

namespace sallyport::http {

// Such a page is for calls signed with the server's credentials; and unsigned on loopback, as long
// as the server's public URL is loopback too: behind a proxy on this host everybody's peer address
// is, so a server that others reach shows it to signed calls alone. nullopt: the caller may see it.
std::optional<Response> RefuseDeveloperPage(const Backends& backends, const Request& request,
                                            const Peer& peer);

}  // namespace sallyport::http
