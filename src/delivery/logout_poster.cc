// Posts a logout token to an app, in a form (OpenID Connect Back-Channel Logout 1.0, sections 2.5
// and 2.8).
#include <curl/curl.h>
#include <fmt/format.h>

#include <utility>

#include "delivery/logout_notifier.h"
#include "outgoing/curl.h"

namespace sallyport::delivery {
namespace {

// The body of the app's answer is ignored.
size_t IgnoreAnswer(char*, size_t size, size_t count, void*) {
  return size * count;
}

Outcome JudgeAnswer(CURL* curl, CURLcode code) {
  constexpr long kOk = 200;
  constexpr long kNoContent = 204;
  constexpr long kBadRequest = 400;
  if (code != CURLE_OK) return {Outcome::Kind::kLater, curl_easy_strerror(code)};
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (status == kOk || status == kNoContent) return {};
  return {status == kBadRequest ? Outcome::Kind::kRefused : Outcome::Kind::kLater,
          fmt::format("HTTP {}", status)};
}

class CurlLogoutPoster final : public LogoutPoster {
 public:
  explicit CurlLogoutPoster(std::string ca_file) : handles_(std::move(ca_file)) {}

  Outcome Post(const std::string& uri, const std::string& token) override {
    constexpr long kMillis = 10'000;
    const outgoing::Handles::Lease lease = handles_.Take();
    CURL* const curl = lease.get();
    outgoing::EndWith(curl, stopped());
    // A compact JWS has only characters that a form leaves as they are.
    const std::string body = "logout_token=" + token;
    outgoing::CurlList headers(nullptr, curl_slist_free_all);
    outgoing::Append(headers, "Content-Type: application/x-www-form-urlencoded");
    outgoing::SetPost(curl, uri, body);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, kMillis);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, IgnoreAnswer);
    return JudgeAnswer(curl, curl_easy_perform(curl));
  }

 private:
  outgoing::Handles handles_;
};

}  // namespace

std::unique_ptr<LogoutPoster> MakeLogoutPoster(std::string ca_file) {
  return std::make_unique<CurlLogoutPoster>(std::move(ca_file));
}

}  // namespace sallyport::delivery
