#include "router_fixture.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json.hpp>

#include "base/text.h"

namespace sallyport::http {

namespace asio = boost::asio;

RouterTest::RouterTest() : work_(asio::make_work_guard(context_)) {
  callers_ = std::make_unique<Connections>(connection_clock_, 10, request_memory_);
  hub_ = std::make_unique<feed::Hub>(context_.get_executor(), *store_, base::SystemClock::Get(),
                                     feed::Options{.ttl_millis = 50});
  EXPECT_TRUE(hub_->Start());
  quick_ = std::make_unique<WorkerPool>(WorkerPool::Options{});
  hash_ = std::make_unique<WorkerPool>(WorkerPool::Options{});
  hash_revoking_ = std::make_unique<WorkerPool>(WorkerPool::Options{});
  MakeBackends();
  thread_ = std::thread([this] { context_.run(); });
}

RouterTest::~RouterTest() {
  hub_->Stop();
  work_.reset();
  thread_.join();
}

void RouterTest::MakeBackends() {
  backends_.reset(new Backends{
      .dispatcher = *dispatcher_,
      .services = *services_,
      .hub = *hub_,
      .quick = *quick_,
      .hash = *hash_,
      .hash_revoking = *hash_revoking_,
      .metrics = metrics_,
      .verify_signature = [this](const SignedRequest&) { return signed_region_; },
      .names_caller = [](const SignedRequest&) { return true; },
      .prove = [](const SignedRequest&,
                  std::string_view text) { return "proof of " + std::to_string(text.size()); },
      .agent_of_token = {},
      .feed_addresses = [] { return std::vector<std::string>{}; },
      .describe_hooks = [] { return std::string("{\"hooks\":[]}"); }});
}

void RouterTest::FillQueues() {
  for (auto* pool : {&quick_, &hash_, &hash_revoking_}) {
    *pool = std::make_unique<WorkerPool>(WorkerPool::Options{.queue = 0});
  }
  MakeBackends();
}

Request RouterTest::MakeRequest(const Asked& asked) {
  http1::Head head;
  head.method = asked.method;
  head.target = asked.target;
  head.http11 = true;
  for (const auto& [name, value] : asked.headers) head.fields.push_back({name, value});
  Request request(head, "");
  request.body() = asked.body;
  return request;
}

Response RouterTest::Ask(const Asked& asked) {
  const Request request = MakeRequest(asked);
  const Router router = MakeRouter(asked.face);
  return asio::co_spawn(context_, router.Handle(request, peer_), asio::use_future).get();
}

Response RouterTest::CallOperation(const std::string& target, const std::string& body) {
  return Ask({.method = "POST",
              .headers = {{"X-Amz-Target", target}, {"Content-Type", std::string(kAwsJson)}},
              .body = body});
}

Response RouterTest::CallCognito(const std::string& operation, const boost::json::object& input) {
  return CallOperation("AWSCognitoIdentityProviderService." + operation,
                       boost::json::serialize(input));
}

std::optional<std::string> RouterTest::HeaderOf(const Response& response, std::string_view name) {
  std::string_view rest = response.headers;
  while (!rest.empty()) {
    const size_t end = rest.find("\r\n");
    EXPECT_NE(end, std::string_view::npos) << "a header that is no whole line: " << rest;
    if (end == std::string_view::npos) break;
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 2);
    const size_t colon = line.find(": ");
    EXPECT_NE(colon, std::string_view::npos) << line;
    if (base::EqualIgnoringCase(line.substr(0, colon), name)) {
      return std::string(line.substr(colon + 2));
    }
  }
  return std::nullopt;
}

boost::json::object RouterTest::JsonOf(const Response& response) {
  boost::system::error_code error;
  const boost::json::value value = boost::json::parse(response.body, error);
  EXPECT_TRUE(!error && value.is_object()) << response.body;
  return !error && value.is_object() ? value.as_object() : boost::json::object();
}

}  // namespace sallyport::http
