// Who may see the pages that are for whoever operates the server: outbox, hooks, metrics.
#pragma once

#include <optional>

#include "http/backends.h"
#include "http/request.h"
#include "http/response.h"

namespace sallyport::http {

// 403, unless the call is signed with the server's credentials, or comes from the user that the
// server runs as: over loopback, by a process of that user (base/socket_owner.h), and by no proxy,
// as far as a request can tell. Such a proxy would show the page to everybody; so with
// --operator-listen only that listener shows it unsigned, and without, only while the server's
// public URL is loopback too. nullopt: the caller may see it.
std::optional<Response> RefuseOperatorPage(const Backends& backends, const Request& request,
                                           const Peer& peer);

// The same for /metrics, which has no secrets: --metrics says who else may read it.
std::optional<Response> RefuseMetrics(const Backends& backends, const Request& request,
                                      const Peer& peer);

}  // namespace sallyport::http
