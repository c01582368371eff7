#include "http/router.h"

#include <fmt/format.h>

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "base/error_codes.h"
#include "base/log.h"
#include "base/random.h"
#include "domain/keys/key_ring.h"
#include "domain/keys/key_rotation.h"
#include "domain/limits/throttle.h"
#include "domain/pools/pool.h"
#include "http/confirm_user.h"
#include "http/discovery.h"
#include "http/on_pool.h"
#include "http/own_api.h"
#include "http/user_import.h"
#include "revocation/frame.h"
#include "store/store.h"

namespace sallyport::http {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using boost::beast::http::verb;

// With this header a call asks for a proof that the answer was made for this request by somebody
// who knows the caller's secret key. The proof is an HMAC-SHA256 under that key, in hex, of: the
// nonce, the request target (for an Operation followed by a space and X-Amz-Target) and the length
// of the request's body, each followed by a newline; then both bodies.
constexpr std::string_view kNonceHeader = "X-Sallyport-Nonce";
constexpr std::string_view kProofHeader = "X-Sallyport-Proof";

// This path does nothing. A client that has a secret to send calls it first, to find out who would
// get the secret.
constexpr std::string_view kProofPath = "/_sallyport/proof";

constexpr std::string_view kHealthPath = "/healthz";
constexpr std::string_view kReadyPath = "/readyz";
constexpr std::string_view kWellKnown = "/.well-known/";
constexpr std::string_view kJwks = "jwks.json";
constexpr std::string_view kDiscovery = "openid-configuration";
// RFC 8414: the same document, whose issuer's path follows (section 3), or comes before as the
// others have it.
constexpr std::string_view kServerMetadata = "oauth-authorization-server";

Response Text(int status, std::string body) {
  return {.status = status, .content_type = kPlainText, .headers = {}, .body = std::move(body)};
}

Response Message(int status, std::string_view message) {
  return {.status = status,
          .content_type = kJson,
          .headers = {},
          .body = json::serialize(json::value{{"message", message}})};
}

Response MethodNotAllowed(std::string_view allowed) {
  Response response = Message(405, "Method Not Allowed");
  response.AddHeader("Allow", allowed);
  return response;
}

base::Result<std::string> Document(const domain::Services& services, const std::string& pool_id,
                                   bool jwks) {
  try {
    SALLYPORT_ASSIGN(const auto pool, domain::GetPool(services, pool_id));
    if (jwks) return services.keys.Jwks(pool_id);
    return Discovery(services.settings, *pool);
  } catch (const std::exception& error) {
    return base::InternalError(error.what());
  }
}

}  // namespace

asio::awaitable<Response> Router::Handle(const Request& request, const Peer& peer) const {
  const std::string request_id = base::RandomUuid();
  Response response;
  // Operators get what is last in the chain, and nothing of what is before it.
  // NOLINTNEXTLINE(bugprone-branch-clone)
  if (face_ == Face::kOperator) {
    response = co_await Page(request, peer);
  } else if (Path(request) == "/" && request.method() == verb::post) {
    response = co_await aws_json_.Call(request, peer, request_id);
  } else if (const auto target = OAuth::Find(Path(request))) {
    response = co_await oauth_.Call(*target, request, peer, request_id);
  } else if (const auto page = Login::Find(Path(request))) {
    response = co_await login_.Call(*page, request, peer, request_id);
  } else if (Path(request) == kConfirmUserPath) {
    response = co_await ConfirmUser(backends_, request, peer, request_id);
  } else if (const own_api::Endpoint* own = own_api::FindEndpoint(Path(request))) {
    response = co_await CallOwnApi(backends_, *own, request, peer, request_id);
  } else if (Path(request) == kProofPath && request.method() == verb::post) {
    const auto verified = backends_.verify_signature(ToSigned(request));
    response = verified
                   ? Response{.status = 200, .content_type = kJson, .headers = {}, .body = "{}"}
                   : JsonError(403, verified.error());
  } else {
    response = co_await Page(request, peer);
  }
  Prove(request, response);
  response.AddHeader("x-amzn-RequestId", request_id);
  co_return response;
}

// An answer on which an operator's command acts must come from somebody who knows the caller's
// secret key, and not from any program that has the port.
void Router::Prove(const Request& request, Response& response) const {
  const std::string_view nonce = Header(request, kNonceHeader);
  if (nonce.empty() || response.status != 200) return;
  const std::string_view operation = Header(request, "X-Amz-Target");
  const std::string text =
      fmt::format("{}\n{}{}{}\n{}\n{}{}", nonce, std::string_view(request.target()),
                  operation.empty() ? "" : " ", operation, request.body().size(), request.body(),
                  response.body);
  const std::string proof = backends_.prove(ToSigned(request), text);
  if (!proof.empty()) response.AddHeader(kProofHeader, proof);
}

asio::awaitable<Response> Router::Page(const Request& request, const Peer& peer) const {
  const std::string_view path = Path(request);
  if (path == "/" && face_ == Face::kPublic) {
    if (request.method() == verb::options) co_return AwsJson::Preflight();
    co_return MethodNotAllowed("POST, OPTIONS");
  }
  if (request.method() != verb::get && request.method() != verb::head) {
    co_return MethodNotAllowed("GET, HEAD");
  }
  auto of_both = co_await PageOfBoth(request, peer);
  if (of_both) co_return std::move(*of_both);
  if (face_ == Face::kOperator) co_return Message(404, "Not Found");
  if (IsUserImportFailures(request)) co_return co_await UserImportFailures(backends_, request);
  if (path.starts_with(kWellKnown)) {
    std::string_view issuer = path.substr(kWellKnown.size());
    if (issuer.starts_with(kServerMetadata)) {
      issuer.remove_prefix(kServerMetadata.size());
      if (issuer.starts_with(prefix_)) issuer.remove_prefix(prefix_.size());
      if (issuer.starts_with('/')) {
        co_return co_await WellKnown(std::string(issuer.substr(1)), kServerMetadata);
      }
    }
  }
  const size_t at = path.find(kWellKnown);
  if (at != std::string_view::npos && at > 1 && path.find('/', 1) == at) {
    co_return co_await WellKnown(std::string(path.substr(1, at - 1)),
                                 path.substr(at + kWellKnown.size()));
  }
  co_return Message(404, "Not Found");
}

asio::awaitable<std::optional<Response>> Router::PageOfBoth(const Request& request,
                                                            const Peer& peer) const {
  const std::string_view path = Path(request);
  if (path == kHealthPath) co_return Text(200, "ok\n");
  if (path == kReadyPath) co_return co_await Ready();
  if (!IsOperatorPage(path)) co_return std::nullopt;
  if (auto refusal = RefuseOperatorPage(backends_, face_, request, peer)) co_return refusal;
  if (const own_api::Page* own = own_api::FindPage(path)) {
    co_return co_await ShowOwnPage(backends_, *own, request);
  }
  co_return co_await MetricsPage();
}

asio::awaitable<Response> Router::WellKnown(std::string pool_id, std::string_view document) const {
  const bool jwks = document == kJwks;
  if (!jwks && document != kDiscovery && document != kServerMetadata) {
    co_return Message(404, "Not Found");
  }
  auto result = co_await OnPool<base::Result<std::string>>(
      backends_.quick, [&] { return Document(backends_.services, pool_id, jwks); });
  if (!result) co_return Message(429, "Too Many Requests");
  if (!*result) {
    const base::Error& error = result->error();
    if (error.code == base::code::kResourceNotFound) co_return Message(404, error.message);
    // The store gives no answer at the moment: whoever asks for keys tries again.
    if (store::IsDiskFull(error)) co_return Message(503, error.message);
    base::LogError("document", {{"document", document}, {"cause", error.cause}});
    co_return Message(500, "Internal server error");
  }
  Response response{
      .status = 200, .content_type = kJson, .headers = {}, .body = std::move(**result)};
  response.AddHeader("Access-Control-Allow-Origin", "*");
  // A pool's next key is published for this long before it signs.
  response.AddHeader("Cache-Control",
                     fmt::format("public, max-age={}", backends_.services.settings.jwks_seconds));
  co_return response;
}

asio::awaitable<Response> Router::Ready() const {
  const feed::Status status = co_await backends_.hub.GetStatus();
  if (callers_.stopping()) co_return Text(503, "stopping\n");
  if (!status.restored_store.empty()) co_return Text(503, status.restored_store + "\n");
  if (const auto trouble = backends_.services.keys.Trouble()) co_return Text(503, *trouble + "\n");
  if (!backends_.services.store.may_grant()) {
    co_return Text(503, "the server has not heard from its database for some seconds\n");
  }
  if (backends_.services.store.GetSpace().only_revocations) {
    co_return Text(
        503, "the disk is full: until there is space again, only calls that revoke are accepted\n");
  }
  if (const int64_t seconds = backends_.services.clock.SecondsAhead(); seconds > 0) {
    co_return Text(200,
                   "ready; the host's clock was set back, and the server's own time stands still "
                   "until the clock has caught up: in " +
                       std::to_string(seconds) + " s\n");
  }
  co_return Text(200, "ready\n");
}

namespace {

using Leftovers = base::Result<std::vector<Metrics::Leftover>>;

Leftovers LeftoversOf(const domain::Services& services) {
  std::vector<Metrics::Leftover> leftovers;
  for (size_t i = 0; i < domain::kLeftovers; ++i) {
    const auto kind = static_cast<domain::Leftover>(i);
    SALLYPORT_ASSIGN(const domain::LeftoverUse use, domain::UseOf(services.store, kind));
    leftovers.push_back(
        {.kind = domain::LeftoverName(kind),
         .records = use.records,
         .bytes = use.bytes,
         .ceiling_bytes = services.settings.ceilings[kind],
         .times_met = services.ceiling_watch != nullptr ? services.ceiling_watch->times(kind) : 0});
  }
  return leftovers;
}

base::Result<Metrics::KeyRotation> KeyRotationOf(const domain::Services& services) {
  const domain::RotationCounts& counts = *services.rotation_counts;
  SALLYPORT_ASSIGN(const domain::RotatingKeys keys, domain::CountRotatingKeys(services.store));
  return Metrics::KeyRotation{.steps = {{"published", counts.published},
                                        {"signing", counts.signing},
                                        {"withdrawn", counts.withdrawn},
                                        {"replaced", counts.replaced}},
                              .failures = counts.failed,
                              .waiting = {{"next", keys.next}, {"retiring", keys.retiring}}};
}

// What has to be read from the store.
struct ReadFigures {
  Leftovers leftovers;
  base::Result<Metrics::KeyRotation> key_rotation;
};

std::vector<Metrics::Limit> LimitsOf(const domain::Services& services) {
  std::vector<Metrics::Limit> limits;
  if (services.throttle == nullptr) return limits;
  for (auto& refusals : services.throttle->refusals()) {
    limits.push_back({std::move(refusals.limit), refusals.times});
  }
  return limits;
}

}  // namespace

asio::awaitable<Response> Router::MetricsPage() const {
  const feed::Status status = co_await backends_.hub.GetStatus();
  Metrics::Snapshot snapshot{
      .log_head = status.head,
      .log_released = status.released,
      .store_commits = backends_.services.store.Commits(),
      .store_space = backends_.services.store.GetSpace(),
      .database = backends_.services.store.Database(),
      .restored_store = !status.restored_store.empty(),
      .time_ahead_seconds = backends_.services.clock.SecondsAhead(),
      .connections = callers_.size(),
      .request_bytes = callers_.request_bytes(),
      .quick_waiting = backends_.quick.waiting(),
      .hash_waiting = backends_.hash.waiting() + backends_.hash_revoking.waiting(),
      .hooks_waiting =
          backends_.quick.beside() + backends_.hash.beside() + backends_.hash_revoking.beside(),
      .leftovers = {},
      .limits = LimitsOf(backends_.services),
      .key_rotation = {}};
  for (const feed::AgentStatus& agent : status.agents) {
    (agent.asks ? snapshot.agents_asking : snapshot.agents_connected) += agent.connected ? 1 : 0;
    snapshot.agents_leased += agent.lease_millis_left > 0 ? 1 : 0;
  }
  // Left out where the server is too busy, or the store cannot be read.
  auto figures = co_await OnPool<ReadFigures>(backends_.quick, [this] {
    return ReadFigures{LeftoversOf(backends_.services), KeyRotationOf(backends_.services)};
  });
  if (figures && figures->leftovers) snapshot.leftovers = *std::move(figures->leftovers);
  if (figures && figures->key_rotation) snapshot.key_rotation = *std::move(figures->key_rotation);
  Response response = Text(200, backends_.metrics.Render(snapshot));
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  co_return response;
}

bool Router::IsUpload(const Request& request) const {
  return face_ == Face::kPublic && IsUserImportUpload(request);
}

bool Router::IsFeed(const Request& request) const {
  return face_ == Face::kPublic && Path(request) == revocation::kFeedPath;
}

std::optional<std::string> Router::AdmitAgent(const Request& request, const Peer& peer,
                                              Response* refusal) const {
  constexpr std::string_view kBearer = "Bearer ";
  const auto header = request[boost::beast::http::field::authorization];
  const std::string_view value(header.data(), header.size());
  if (!backends_.agent_of_token) {
    if (const auto told =
            backends_.minute_log->Note("an agent of the feed's version 1 is refused")) {
      base::LogWarning(
          "an agent of the feed's version 1 is refused",
          {{"source", peer.address},
           {"times", static_cast<int64_t>(*told)},
           {"cause",
            std::string(
                "it uses the feed's version 1, and this server runs without --old-agents")}});
    }
    *refusal = Message(426,
                       "This server's feed is version 2, on its --feed-listen address: upgrade the "
                       "agent and enrol it with `sallyport agents add`. Until then the server can "
                       "serve it with --old-agents.");
    return std::nullopt;
  }
  // Otherwise the token could be read on the way.
  if (!peer.tls && !peer.loopback) {
    *refusal = Message(403, "The feed needs TLS beyond this host");
    return std::nullopt;
  }
  std::optional<std::string> agent;
  if (value.starts_with(kBearer)) agent = backends_.agent_of_token(value.substr(kBearer.size()));
  if (!agent) {
    if (const auto told = backends_.minute_log->Note("agent refused")) {
      base::LogWarning("agent refused",
                       {{"source", peer.address}, {"times", static_cast<int64_t>(*told)}});
    }
    *refusal = Message(401, "Unauthorized");
    refusal->AddHeader("WWW-Authenticate", "Bearer");
  }
  return agent;
}

}  // namespace sallyport::http
