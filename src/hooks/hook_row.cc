#include "hooks/hook_row.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <memory>

#include "base/error_codes.h"
#include "outgoing/curl.h"

namespace sallyport::hooks {
namespace {

constexpr std::string_view kRuntime = "runtime:";
constexpr std::string_view kInvoke = "invoke:";

base::Error Problem(std::string_view text, std::string_view what) {
  return {base::code::kInvalidSetting, fmt::format("hook \"{}\": {}", text, what), {}};
}

bool IsLoopback(const std::string& host) {
  in_addr address{};
  if (inet_pton(AF_INET, host.c_str(), &address) == 1) return host.starts_with("127.");
  return host == "localhost" || host == "[::1]";
}

// A URL as libcurl parses it, which will connect to it.
class Url {
 public:
  explicit Url(const std::string& text) : url_(curl_url(), curl_url_cleanup) {
    valid_ = url_ && curl_url_set(url_.get(), CURLUPART_URL, text.c_str(), 0) == CURLUE_OK;
  }
  bool valid() const { return valid_; }
  // Empty where the URL does not have that part.
  std::string Part(CURLUPart part) const {
    char* text = nullptr;
    if (curl_url_get(url_.get(), part, &text, 0) != CURLUE_OK) return {};
    std::string result(text);
    curl_free(text);
    return result;
  }

 private:
  std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url_;
  bool valid_ = false;
};

}  // namespace

std::string HookRow::transport() const {
  if (kind == Kind::kRuntime) return std::string(kRuntime) + target;
  if (kind == Kind::kInvoke) return std::string(kInvoke) + target;
  return target;
}

base::Result<HookRow> ParseHookRow(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == 0 || equals == std::string_view::npos) {
    return Problem(text, "must be of the form NAME=TRANSPORT");
  }
  HookRow row{.function = std::string(text.substr(0, equals)), .target = {}};
  std::string_view transport = text.substr(equals + 1);
  if (transport.starts_with(kRuntime)) {
    row.target = transport.substr(kRuntime.size());
    return row;
  }
  row.kind = HookRow::Kind::kHttps;
  if (transport.starts_with(kInvoke)) {
    row.kind = HookRow::Kind::kInvoke;
    transport.remove_prefix(kInvoke.size());
  }
  const Url url{std::string(transport)};
  const std::string scheme = url.valid() ? url.Part(CURLUPART_SCHEME) : std::string();
  if (scheme != "https" && scheme != "http") {
    return Problem(text,
                   "the transport must be runtime:ADDR:PORT, invoke:https://... or https://...");
  }
  if (scheme == "http" && !IsLoopback(url.Part(CURLUPART_HOST))) {
    return Problem(text,
                   "http:// is allowed only to loopback addresses, because events contain secrets");
  }
  if (!url.Part(CURLUPART_USER).empty() || !url.Part(CURLUPART_FRAGMENT).empty()) {
    return Problem(text, "the URL must not have a user name or a fragment");
  }
  row.target = transport;
  while (row.kind == HookRow::Kind::kInvoke && row.target.ends_with('/')) row.target.pop_back();
  return row;
}

int Fit(const HookRow& row, const Function& function) {
  if (row.function == function.arn) return 4;
  if (!function.name.empty()) {
    if (!function.qualifier.empty()) {
      if (row.function == function.name + ":" + function.qualifier) return 3;
      const size_t unqualified = function.arn.size() - function.qualifier.size() - 1;
      if (row.function == std::string_view(function.arn).substr(0, unqualified)) return 3;
    }
    if (row.function == function.name) return 2;
  }
  return row.function == "*" ? 1 : 0;
}

}  // namespace sallyport::hooks
