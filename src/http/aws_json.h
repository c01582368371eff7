// AwsJson: one AWS JSON 1.1 call, from its headers to its answer.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <memory>
#include <string>

#include "http/backends.h"
#include "http/response.h"

namespace sallyport::http {

using Request = boost::beast::http::request<boost::beast::http::string_body>;

struct Peer {
  std::string address;  // without the port
  bool loopback = false;
  bool tls = false;
};

class AwsJson {
 public:
  explicit AwsJson(const Backends& backends) : backends_(backends) {}

  // `request` and `request_id` outlive the call. Runs the Operation on its lane and, where it
  // revoked, holds the answer until the release.
  boost::asio::awaitable<Response> Call(const Request& request, const Peer& peer,
                                        const std::string& request_id) const;

  // What browsers ask before they call.
  static Response Preflight();

 private:
  boost::asio::awaitable<operations::Answer> Run(const Request& request, const Peer& peer,
                                                 const std::string& request_id,
                                                 std::string& operation) const;
  boost::asio::awaitable<void> Release(operations::Answer& answer) const;

  const Backends& backends_;
};

}  // namespace sallyport::http
