// Exchange: the steps that every request goes through besides its own work, whatever its encoding:
// waiting for the release, metrics, and the line in the log.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <string>
#include <string_view>

#include "http/backends.h"
#include "http/request.h"
#include "http/response.h"
#include "store/release.h"

namespace sallyport::http {

class Exchange {
 public:
  // Begins to measure the time. All arguments must outlive the exchange.
  Exchange(const Backends& backends, const Peer& peer, const std::string& request_id)
      : backends_(backends), peer_(peer), request_id_(request_id), begin_(Steady::now()) {}

  // True: what `wait` names is released, and the answer may be sent. False: it could not be
  // confirmed, and the answer must be an error with status 500.
  boost::asio::awaitable<bool> AwaitRelease(store::Wait wait);

  // Tells that the caller has authenticated, or was granted something for its secret or token.
  void CallerIsKnown() { caller_is_known_ = true; }

  // Adds the header to an answer that should have waited where nothing confirms revocations; counts
  // and logs the request. `operation` is a label for metrics, so it must be one of few values.
  // Refusals because of limits, and calls of strangers at one address beyond the limit
  // Anonymous::kLogLine, have no line of their own, but one a minute for all (minute_log.h).
  void Finish(std::string_view operation, std::string_view error_code, std::string_view cause,
              Response& response) const;

 private:
  using Steady = std::chrono::steady_clock;

  const Backends& backends_;
  const Peer& peer_;
  const std::string& request_id_;
  const Steady::time_point begin_;
  bool IsLoggedAlone(int status) const;

  bool waited_ = false;
  bool caller_is_known_ = false;
};

}  // namespace sallyport::http
