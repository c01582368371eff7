#include "hooks/https_transport.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <atomic>
#include <utility>

#include "base/encoding.h"
#include "hooks/post.h"

namespace sallyport::hooks {
namespace {

class HttpsTransport final : public HookTransport {
 public:
  HttpsTransport(HttpsOptions options, const base::Clock& clock)
      : options_(std::move(options)), clock_(clock), handles_(options_.ca_file) {}

  std::string_view name() const override { return "https"; }

  HookAttempt Call(const Function&, const std::string& event, int64_t millis) override {
    const auto sign = [&](CURL*, outgoing::CurlList& headers) {
      outgoing::Append(headers,
                       "Sallyport-Signature: " +
                           HookSignature(options_.secret.Reveal(), clock_.WallSeconds(), event));
    };
    const PostAnswer answer =
        Send(handles_, {.url = options_.url, .millis = millis, .prepare = sign}, event, stop_);
    if (answer.failed) return answer.failure;
    if (answer.status == 200) {
      return {{domain::HookOutcome::Kind::kAnswered, answer.body, {}}, false};
    }
    const bool may_be_raised = answer.status >= 400 && answer.status < 500 && answer.status != 429;
    if (may_be_raised && HasErrorMessage(answer.body)) {
      return {Raised(answer.body, "Unhandled"), false};
    }
    return Refused(answer);
  }

  void Stop() override { stop_ = true; }

 private:
  const HttpsOptions options_;
  const base::Clock& clock_;
  outgoing::Handles handles_;
  std::atomic<bool> stop_{false};
};

}  // namespace

std::unique_ptr<HookTransport> MakeHttpsTransport(HttpsOptions options, const base::Clock& clock) {
  return std::make_unique<HttpsTransport>(std::move(options), clock);
}

std::string HookSignature(std::string_view secret, int64_t unix_seconds, std::string_view body) {
  const std::string text = fmt::format("{}.{}", unix_seconds, body);
  std::array<uint8_t, EVP_MAX_MD_SIZE> mac{};
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const uint8_t*>(text.data()), text.size(), mac.data(), &size);
  return fmt::format("t={},v1={}", unix_seconds, base::HexEncode({mac.data(), size}));
}

}  // namespace sallyport::hooks
