// AwsJson: serves one AWS JSON 1.1 call, from its headers to its answer.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/backends.h"
#include "http/request.h"
#include "http/response.h"

namespace sallyport::http {

class AwsJson {
 public:
  explicit AwsJson(const Backends& backends) : backends_(backends) {}

  // `request` and `request_id` must outlive the call. Runs the Operation on its lane and, where it
  // may have revoked something, holds the answer back until the release.
  boost::asio::awaitable<Response> Call(const Request& request, const Peer& peer,
                                        const std::string& request_id) const;

  // The answer to the request that browsers send before a call.
  static Response Preflight();

 private:
  boost::asio::awaitable<operations::Answer> Run(const Request& request, const Peer& peer,
                                                 const std::string& request_id,
                                                 std::string& operation) const;
  boost::asio::awaitable<std::optional<operations::Answer>> RunLong(
      const operations::Prepared& prepared, std::string_view address) const;

  const Backends& backends_;
};

}  // namespace sallyport::http
