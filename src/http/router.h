// Router: which page or call a request is for.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

#include "http/aws_json.h"
#include "http/backends.h"
#include "http/connections.h"
#include "http/oauth.h"
#include "http/public_path.h"
#include "http/response.h"

namespace sallyport::http {

class Router {
 public:
  Router(const Backends& backends, const Connections& connections)
      : backends_(backends),
        connections_(connections),
        prefix_(PathOfUrl(backends.services.settings.public_url)),
        aws_json_(backends),
        oauth_(backends) {}

  // `request` outlives the call. The response carries x-amzn-RequestId.
  boost::asio::awaitable<Response> Handle(const Request& request, const Peer& peer) const;

  // Whether the request asks for the feed of old Agents, and what the Agent's token is called; else
  // the Response that refuses it is in `*refusal`.
  static bool IsFeed(const Request& request);
  std::optional<std::string> AdmitAgent(const Request& request, const Peer& peer,
                                        Response* refusal) const;

  const Backends& backends() const { return backends_; }
  // The path of --public-url.
  std::string_view prefix() const { return prefix_; }

 private:
  void Prove(const Request& request, Response& response) const;
  boost::asio::awaitable<Response> Page(const Request& request, const Peer& peer) const;
  boost::asio::awaitable<Response> WellKnown(std::string pool_id, std::string_view document) const;
  boost::asio::awaitable<Response> MetricsPage() const;
  boost::asio::awaitable<Response> Ready() const;

  const Backends& backends_;
  const Connections& connections_;
  const std::string prefix_;
  const AwsJson aws_json_;
  const OAuth oauth_;
};

}  // namespace sallyport::http
