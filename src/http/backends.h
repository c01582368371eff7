// Backends: what the routes stand on, wired by main.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "feed/hub.h"
#include "http/metrics.h"
#include "http/sigv4.h"
#include "http/worker_pool.h"
#include "operations/dispatcher.h"

namespace sallyport::http {

// Each outlives the server; the functions are thread-safe.
struct Backends {
  const operations::Dispatcher& dispatcher;
  const domain::Services& services;
  feed::Hub& hub;
  WorkerPool& quick;
  WorkerPool& hash;
  Metrics& metrics;

  // The region that a signed call is for, or AWS's error for its signature.
  std::function<base::Result<std::string>(const SignedRequest&)> verify_signature;
  // The name of the Agent whose token this is; nullopt: nobody's. Takes the same time for every
  // wrong token.
  std::function<std::optional<std::string>(std::string_view token)> agent_of_token;
  // The rows of --hook as JSON, for whoever runs a function.
  std::function<std::string()> describe_hooks;

  // Longer than any release may take in a server that works (protocol.md section 2, bounds).
  int64_t greatest_release_millis = 10'000;
  // confirm = "none": answers of revoking calls say that they were not confirmed.
  bool confirm = true;
  // Whether /metrics answers peers beyond this host.
  bool metrics_for_all = false;
};

}  // namespace sallyport::http
