// The pipeline of Sallyport's own endpoints (src/own_api).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "http/backends.h"
#include "http/request.h"
#include "http/response.h"
#include "own_api/endpoint.h"

namespace sallyport::http {

boost::asio::awaitable<Response> CallOwnApi(const Backends& backends,
                                            const own_api::Endpoint& endpoint,
                                            const Request& request, const Peer& peer,
                                            const std::string& request_id);

}  // namespace sallyport::http
