#include "lambda/runtime_api.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <charconv>
#include <optional>
#include <utility>

#include "lambda/event.h"

namespace sallyport::lambda {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using tcp = asio::ip::tcp;

using Request = http::request<http::string_body>;
using Response = http::response<http::string_body>;

constexpr std::string_view kRoot = "/2018-06-01/runtime/";
constexpr unsigned kHttp11 = 11;

base::Error Unusable(std::string cause) {
  return {"runtime_api", "the Runtime API cannot be used", std::move(cause)};
}

int64_t NumberIn(std::string_view text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : 0;
}

std::string_view Header(const Response& response, const char* name) {
  const auto value = response[name];
  return {value.data(), value.size()};
}

}  // namespace

class RuntimeApi::Impl {
 public:
  explicit Impl(std::string_view address) : address_(address) {
    const size_t colon = address_.rfind(':');
    host_ = address_.substr(0, colon);
    port_ = colon == std::string::npos ? "80" : address_.substr(colon + 1);
  }

  base::Result<Response> Send(http::verb method, std::string_view path, std::string body,
                              std::string_view error_type) {
    Request request(method, std::string(kRoot) + std::string(path), kHttp11);
    request.set(http::field::host, address_);
    request.set(http::field::user_agent, "sallyport-lambda-authorizer");
    if (!body.empty()) request.set(http::field::content_type, "application/json");
    if (!error_type.empty()) {
      request.set("Lambda-Runtime-Function-Error-Type",
                  boost::beast::string_view(error_type.data(), error_type.size()));
    }
    request.body() = std::move(body);
    request.prepare_payload();
    // A connection that was used before may have been closed meanwhile.
    const bool reused = socket_.has_value();
    auto response = Exchange(request);
    if (!response && reused) response = Exchange(request);
    return response;
  }

 private:
  base::Result<Response> Exchange(const Request& request) {
    error_code error;
    if (!socket_) {
      tcp::resolver resolver(io_);
      const auto addresses = resolver.resolve(host_, port_, error);
      if (error) return Unusable(address_ + ": " + error.message());
      tcp::socket socket(io_);
      asio::connect(socket, addresses, error);
      if (error) return Unusable(address_ + ": " + error.message());
      socket_ = std::move(socket);
      buffer_.clear();
    }
    http::write(*socket_, request, error);
    http::response_parser<http::string_body> parser;
    parser.body_limit(kGreatestEventBytes);
    if (!error) http::read(*socket_, buffer_, parser, error);
    if (error) {
      socket_.reset();
      return Unusable(error.message());
    }
    Response response = parser.release();
    if (!response.keep_alive()) socket_.reset();
    return response;
  }

  const std::string address_;
  std::string host_, port_;
  asio::io_context io_{1};
  std::optional<tcp::socket> socket_;
  boost::beast::flat_buffer buffer_;
};

RuntimeApi::RuntimeApi(std::string_view address) : impl_(std::make_unique<Impl>(address)) {}
RuntimeApi::~RuntimeApi() = default;

base::Result<Invocation> RuntimeApi::Next() {
  SALLYPORT_ASSIGN(Response response, impl_->Send(http::verb::get, "invocation/next", "", ""));
  if (response.result() != http::status::ok) {
    return Unusable("the next event was answered with " + std::to_string(response.result_int()));
  }
  Invocation invocation;
  invocation.request_id = Header(response, "Lambda-Runtime-Aws-Request-Id");
  invocation.deadline_millis = NumberIn(Header(response, "Lambda-Runtime-Deadline-Ms"));
  invocation.event = std::move(response.body());
  if (invocation.request_id.empty()) return Unusable("an event without a request id");
  return invocation;
}

base::Status RuntimeApi::Answer(const Invocation& invocation, const Reply& reply) {
  const std::string path =
      "invocation/" + invocation.request_id + (reply.failed ? "/error" : "/response");
  const auto response =
      impl_->Send(http::verb::post, path, reply.body, reply.failed ? "Function.Error" : "");
  if (!response) return response.error();
  if (response->result() != http::status::accepted) {
    return Unusable("a reply was answered with " + std::to_string(response->result_int()));
  }
  return {};
}

base::Status RuntimeApi::FailToStart(const base::Error& error) {
  const auto response =
      impl_->Send(http::verb::post, "init/error", Failure(error).body, "Function.InitError");
  if (!response) return response.error();
  return {};
}

}  // namespace sallyport::lambda
