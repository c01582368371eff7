// The pipelines that serve Sallyport's own endpoints and pages (src/own_api).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "http/backends.h"
#include "http/request.h"
#include "http/response.h"
#include "own_api/endpoint.h"
#include "own_api/page.h"

namespace sallyport::http {

boost::asio::awaitable<Response> CallOwnApi(const Backends& backends,
                                            const own_api::Endpoint& endpoint,
                                            const Request& request, const Peer& peer,
                                            const std::string& request_id);

// Shows one of Sallyport's own pages (own_api/page.h). The caller must have been allowed to see it.
boost::asio::awaitable<Response> ShowOwnPage(const Backends& backends, const own_api::Page& page,
                                             const Request& request);

}  // namespace sallyport::http
