// Backends: everything that the routes need from other layers. `main` sets it up.
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

// All of it must outlive the server; the functions must be thread-safe.
struct Backends {
  const operations::Dispatcher& dispatcher;
  const domain::Services& services;
  feed::Hub& hub;
  WorkerPool& quick;
  WorkerPool& hash;
  // For calls that revoke and need long computations. It has its own threads, so that a flood of
  // sign-ins can neither refuse nor delay such calls.
  WorkerPool& hash_revoking;
  Metrics& metrics;

  // Gives the region that a signed call is for, or AWS's error for its signature.
  std::function<base::Result<std::string>(const SignedRequest&)> verify_signature;
  // Whether the request, without its body, names one of the server's credentials. This proves
  // nothing.
  std::function<bool(const SignedRequest&)> names_caller;
  // Makes the proof that an answer with this text comes from somebody who knows the caller's secret
  // (sigv4.h).
  std::function<std::string(const SignedRequest&, std::string_view text)> prove;
  // For old Agents: the name of a token; nullopt where no Agent has the token. Takes the same time
  // for every wrong token. Empty: old Agents are not served.
  std::function<std::optional<std::string>(std::string_view token)> agent_of_token;
  // The addresses by which Agents reach the feed, for example "127.0.0.1:9230", as far as the
  // server can tell.
  std::function<std::vector<std::string>()> feed_addresses;
  // The rows of --hook as JSON, for `sallyport hook run`.
  std::function<std::string()> describe_hooks;

  // Longer than any release can take while the server works (protocol.md, section 2, bounds), not
  // counting the hold after a start.
  int64_t greatest_release_millis = 10'000;
  // False (confirm = "none"): answers of revoking calls say that the revocation was not confirmed.
  bool confirm = true;
  // An emulator: signatures are not looked at, and scripts may post a page's form
  // (login/browser.h).
  bool any_credentials = false;
  MetricsReaders metrics_readers = MetricsReaders::kOwnUser;
  // Operators have a listener of their own: the other listeners show operators' pages only to
  // signed calls.
  bool operators_apart = false;
  // The proxies whose X-Forwarded-For is trusted, and whether they begin their connections with a
  // header of the PROXY protocol.
  http1::TrustedProxies proxies = {};
  bool proxy_protocol = false;
  // Limits how many places in `hash` callers without credentials at one address may have.
  std::shared_ptr<domain::Shares> hash_shares = std::make_shared<domain::Shares>(0);
  // For log lines about refused requests and ignored headers, which anybody can cause as often as
  // they like.
  std::shared_ptr<base::MinuteLog> minute_log =
      std::make_shared<base::MinuteLog>(base::SystemClock::Get());
};

}  // namespace sallyport::http
