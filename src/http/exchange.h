// Exchange: one request and its response, in what each goes through besides its own work, whatever
// its encoding: the wait for its release, the metrics and the line in the log.
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
  // Begins the time that is measured. All outlive the exchange.
  Exchange(const Backends& backends, const Peer& peer, const std::string& request_id)
      : backends_(backends), peer_(peer), request_id_(request_id), begin_(Steady::now()) {}

  // True: what `wait` names is released, and the answer may be sent. False: it could not be
  // confirmed, and the answer must be an error, status 500.
  boost::asio::awaitable<bool> AwaitRelease(store::Wait wait);

  // The caller has proved who it is, or what it asked for was granted for its secret or token.
  void CallerIsKnown() { caller_is_known_ = true; }

  // Adds what an answer that waited says where nothing confirms; counts and logs the request.
  // `operation` is a label of metrics: one of few. What was refused because there was too much, and
  // what strangers at one address cause beyond a limit (Anonymous::kLogLine), has no line of its
  // own, but one a minute for all (minute_log.h).
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
