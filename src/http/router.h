// Router: finds the page or call that a request is for.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "http/aws_json.h"
#include "http/backends.h"
#include "http/connections.h"
#include "http/login.h"
#include "http/oauth.h"
#include "http/operator_page.h"
#include "http/public_path.h"
#include "http/response.h"

namespace sallyport::http {

class Router {
 public:
  // `callers`: the connections that the pages report on, those of the public listener.
  Router(const Backends& backends, const Connections& callers, Face face)
      : backends_(backends),
        callers_(callers),
        face_(face),
        prefix_(PathOfUrl(backends.services.settings.public_url)),
        aws_json_(backends),
        oauth_(backends),
        login_(backends) {}

  // `request` must outlive the call. The response has the header x-amzn-RequestId.
  boost::asio::awaitable<Response> Handle(const Request& request, const Peer& peer) const;

  // Whether the request uploads the file of a user import job (user_import.h).
  bool IsUpload(const Request& request) const;
  // Whether the request asks for the feed of old Agents. The second function gives the name of the
  // Agent's token, or sets `*refusal` to the Response that refuses the request.
  bool IsFeed(const Request& request) const;
  std::optional<std::string> AdmitAgent(const Request& request, const Peer& peer,
                                        Response* refusal) const;

  const Backends& backends() const { return backends_; }
  Face face() const { return face_; }
  // The path in --public-url.
  std::string_view prefix() const { return prefix_; }

 private:
  void Prove(const Request& request, Response& response) const;
  boost::asio::awaitable<Response> Page(const Request& request, const Peer& peer) const;
  // Pages that both faces serve: operators' pages and the server's health. nullopt: the request is
  // for none of them.
  boost::asio::awaitable<std::optional<Response>> PageOfBoth(const Request& request,
                                                             const Peer& peer) const;
  boost::asio::awaitable<Response> WellKnown(std::string pool_id, std::string_view document) const;
  boost::asio::awaitable<Response> MetricsPage() const;
  boost::asio::awaitable<Response> Ready() const;

  const Backends& backends_;
  const Connections& callers_;
  const Face face_;
  const std::string prefix_;
  const AwsJson aws_json_;
  const OAuth oauth_;
  const Login login_;
};

}  // namespace sallyport::http
