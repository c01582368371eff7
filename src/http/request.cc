#include "http/request.h"

namespace sallyport::http {

SignedRequest ToSigned(const Request& request) {
  const auto view = [](boost::beast::string_view text) {
    return std::string_view(text.data(), text.size());
  };
  SignedRequest result{view(request.method_string()), view(request.target()), {}, request.body()};
  result.headers.reserve(16);
  for (const auto& field : request) {
    result.headers.emplace_back(view(field.name_string()), view(field.value()));
  }
  return result;
}

}  // namespace sallyport::http
