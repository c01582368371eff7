#include "http/request.h"

#include <algorithm>

#include "base/text.h"
#include "http/public_path.h"
#include "http1/forwarded.h"

namespace sallyport::http {

Request::Request(const http1::Head& head, std::string_view prefix)
    : received_target(head.target), through_proxy(http1::ShowsProxy(head)) {
  method_string(head.method);
  target(prefix.empty() ? received_target : WithoutPrefix(head.target, prefix));
  version(head.http11 ? 11 : 10);
  for (const http1::Field& field : head.fields) insert(field.name, field.value);
}

bool ListsMethod(std::string_view methods, const Request& request) {
  const std::string_view method(request.method_string().data(), request.method_string().size());
  while (!methods.empty()) {
    const size_t end = std::min(methods.find(','), methods.size());
    if (base::Trim(methods.substr(0, end)) == method) return true;
    methods.remove_prefix(std::min(end + 1, methods.size()));
  }
  return false;
}

std::string_view MethodToRun(const Request& request) {
  if (request.method() == boost::beast::http::verb::head) return "GET";
  return {request.method_string().data(), request.method_string().size()};
}

SignedRequest ToSigned(const Request& request) {
  const auto view = [](boost::beast::string_view text) {
    return std::string_view(text.data(), text.size());
  };
  SignedRequest result{view(request.method_string()), request.received_target, {}, request.body()};
  result.headers.reserve(16);
  for (const auto& field : request) {
    result.headers.emplace_back(view(field.name_string()), view(field.value()));
  }
  return result;
}

}  // namespace sallyport::http
