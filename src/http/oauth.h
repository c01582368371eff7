// OAuth: serves one call of an OAuth 2.0 endpoint, from its path to its answer.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "http/backends.h"
#include "http/request.h"
#include "http/response.h"
#include "oauth2/endpoint.h"

namespace sallyport::http {

// An endpoint: the path after the pool's, the function that runs it, and the methods that it
// allows.
struct OAuthEndpoint {
  std::string_view path;
  oauth2::EndpointResponse (*run)(const domain::Services& services,
                                  const oauth2::EndpointRequest& request);
  std::string_view methods;  // "GET, HEAD, POST, OPTIONS"
  std::string_view discovery_member;
  bool revokes;  // it revokes, and is not counted for any limit
};

inline constexpr OAuthEndpoint kOAuthEndpoints[] = {
    {"/oauth2/token", oauth2::Token, "POST, OPTIONS", "token_endpoint", false},
    {"/oauth2/revoke", oauth2::Revoke, "POST, OPTIONS", "revocation_endpoint", true},
    {"/oauth2/userInfo", oauth2::UserInfo, "GET, HEAD, POST, OPTIONS", "userinfo_endpoint", false},
};

class OAuth {
 public:
  explicit OAuth(const Backends& backends) : backends_(backends) {}

  struct Target {
    const OAuthEndpoint* endpoint;
    std::string_view pool_id;  // empty: the path names no pool
  };
  // Which endpoint a path is for, "/oauth2/token" or "/{pool id}/oauth2/token"; nullopt: none.
  static std::optional<Target> Find(std::string_view path);

  // Serves any method, including a browser's preflight. `request` and `request_id` must outlive the
  // call. Runs the endpoint on a worker thread and, where it may have revoked something, holds the
  // answer back until the release.
  boost::asio::awaitable<Response> Call(const Target& target, const Request& request,
                                        const Peer& peer, const std::string& request_id) const;

 private:
  boost::asio::awaitable<oauth2::EndpointResponse> Run(const OAuthEndpoint& endpoint,
                                                       const oauth2::EndpointRequest& input) const;

  const Backends& backends_;
};

}  // namespace sallyport::http
