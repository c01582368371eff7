// Backends: what the routes stand on, wired by main.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/minute_log.h"
#include "base/result.h"
#include "domain/limits/shares.h"
#include "feed/hub.h"
#include "http/metrics.h"
#include "http/metrics_readers.h"
#include "http/sigv4.h"
#include "http/worker_pool.h"
#include "http1/forwarded.h"
#include "operations/dispatcher.h"

namespace sallyport::http {

// Each outlives the server; the functions are thread-safe.
struct Backends {
  const operations::Dispatcher& dispatcher;
  const domain::Services& services;
  feed::Hub& hub;
  WorkerPool& quick;
  WorkerPool& hash;
  // What revokes and computes long, with threads of its own: a flood of sign-ins neither refuses it
  // nor lets it wait.
  WorkerPool& hash_revoking;
  Metrics& metrics;

  // The region that a signed call is for, or AWS's error for its signature.
  std::function<base::Result<std::string>(const SignedRequest&)> verify_signature;
  // Whether the request, without its body, names one of the server's credentials. No proof.
  std::function<bool(const SignedRequest&)> names_caller;
  // What proves that an answer of `text` comes from who knows the caller's secret (sigv4.h).
  std::function<std::string(const SignedRequest&, std::string_view text)> prove;
  // Of old Agents: what the token is called; nullopt where no Agent has that token. Takes the same
  // time for every wrong token. Empty: old Agents are not served.
  std::function<std::optional<std::string>(std::string_view token)> agent_of_token;
  // Where Agents reach the feed, "127.0.0.1:9230", as far as the server can tell.
  std::function<std::vector<std::string>()> feed_addresses;
  // The rows of --hook as JSON, for whoever runs a function.
  std::function<std::string()> describe_hooks;

  // Longer than any release may take in a server that works (protocol.md section 2, bounds), beside
  // the hold after a start.
  int64_t greatest_release_millis = 10'000;
  // confirm = "none": answers of revoking calls say that they were not confirmed.
  bool confirm = true;
  MetricsReaders metrics_readers = MetricsReaders::kOwnUser;
  // Operators have a listener of their own: other listeners show their pages to signed calls alone.
  bool operators_apart = false;
  // Whose X-Forwarded-For is believed, and whether each of them begins its connections with a
  // header of the PROXY protocol.
  http1::TrustedProxies proxies = {};
  bool proxy_protocol = false;
  // Of the places in `hash`, what strangers at one address may hold.
  std::shared_ptr<domain::Shares> hash_shares = std::make_shared<domain::Shares>(0);
  // Of what was refused that anybody can ask for as often as he likes, and of headers that are
  // ignored.
  std::shared_ptr<base::MinuteLog> minute_log =
      std::make_shared<base::MinuteLog>(base::SystemClock::Get());
};

}  // namespace sallyport::http
