// Login: one request of a browser for the sign-in pages, from its path to its answer.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "http/accounts.h"
#include "http/backends.h"
#include "http/request.h"
#include "http/response.h"
#include "login/browser.h"

namespace sallyport::http {

class Login {
 public:
  explicit Login(const Backends& backends) : backends_(backends), accounts_(backends) {}

  struct Target {
    const login::BrowserEndpoint* endpoint;
    std::string_view pool_id;  // empty: the path is not a pool's
  };
  // What a path is for: "/login", "/{pool id}/login"; nullopt: no page.
  static std::optional<Target> Find(std::string_view path);

  // Any method. `request` and `request_id` must outlive the call. Runs the endpoint on a worker and
  // holds the answer until what it waits for is released.
  boost::asio::awaitable<Response> Call(const Target& target, const Request& request,
                                        const Peer& peer, const std::string& request_id) const;

 private:
  boost::asio::awaitable<login::BrowserResponse> Run(const login::BrowserEndpoint& endpoint,
                                                     const login::BrowserRequest& input) const;

  const Backends& backends_;
  const AccountsByOperations accounts_;
};

}  // namespace sallyport::http
