// OAuth: one call of an OAuth 2.0 endpoint, from its path to its answer.
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

// An endpoint: its path after the pool's, what runs it, and the methods it knows.
struct OAuthEndpoint {
  std::string_view path;
  oauth2::EndpointResponse (*run)(const domain::Services& services,
                                  const oauth2::EndpointRequest& request);
  std::string_view methods;  // "GET, POST, OPTIONS"
  std::string_view discovery_member;
  bool revokes;  // and counts for no limit
};

inline constexpr OAuthEndpoint kOAuthEndpoints[] = {
    {"/oauth2/token", oauth2::Token, "POST, OPTIONS", "token_endpoint", false},
    {"/oauth2/revoke", oauth2::Revoke, "POST, OPTIONS", "revocation_endpoint", true},
    {"/oauth2/userInfo", oauth2::UserInfo, "GET, POST, OPTIONS", "userinfo_endpoint", false},
};

class OAuth {
 public:
  explicit OAuth(const Backends& backends) : backends_(backends) {}

  struct Target {
    const OAuthEndpoint* endpoint;
    std::string_view pool_id;  // empty: the path is not a pool's
  };
  // What a path is for: "/oauth2/token", "/{pool id}/oauth2/token"; nullopt: no endpoint.
  static std::optional<Target> Find(std::string_view path);

  // Any method, the preflight of a browser too. `request` and `request_id` outlive the call. Runs
  // the endpoint on a worker and, where it revokes, holds the answer until the release.
  boost::asio::awaitable<Response> Call(const Target& target, const Request& request,
                                        const Peer& peer, const std::string& request_id) const;

 private:
  boost::asio::awaitable<oauth2::EndpointResponse> Run(const OAuthEndpoint& endpoint,
                                                       const oauth2::EndpointRequest& input) const;

  const Backends& backends_;
};

}  // namespace sallyport::http
