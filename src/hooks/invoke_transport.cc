#include "hooks/invoke_transport.h"

#include <fmt/format.h>

#include <atomic>
#include <utility>

#include "base/error_codes.h"
#include "hooks/post.h"
#include "outgoing/aws.h"

namespace sallyport::hooks {
namespace {

class InvokeTransport final : public HookTransport {
 public:
  explicit InvokeTransport(InvokeOptions options)
      : options_(std::move(options)), handles_(options_.ca_file) {}

  std::string_view name() const override { return "invoke"; }

  HookAttempt Call(const Function& function, const std::string& event, int64_t millis) override {
    if (function.name.empty()) {
      return {
          Undelivered(NotCalled(base::code::kResourceNotFound, "not the ARN of a Lambda function")),
          false};
    }
    const auto sign = [&](CURL* curl, outgoing::CurlList& headers) {
      outgoing::SignForAws(curl, headers, function.region, "lambda",
                           {options_.access_key, options_.secret, {}});
    };
    const PostAnswer answer =
        Send(handles_, {.url = Url(function), .millis = millis, .prepare = sign}, event, stop_);
    if (answer.failed) return answer.failure;
    if (answer.status != 200) return Refused(answer);
    if (!answer.function_error.empty()) {
      return {Raised(answer.body, answer.function_error), false};
    }
    return {{domain::HookOutcome::Kind::kAnswered, answer.body, {}}, false};
  }

  void Stop() override { stop_ = true; }

 private:
  // A name consists of [a-zA-Z0-9-_]; a qualifier may also have "$" (for $LATEST).
  std::string Url(const Function& function) const {
    std::string url =
        fmt::format("{}/2015-03-31/functions/{}/invocations", options_.endpoint, function.name);
    if (function.qualifier.empty()) return url;
    std::string qualifier = function.qualifier;
    if (qualifier.starts_with('$')) qualifier.replace(0, 1, "%24");
    return url + "?Qualifier=" + qualifier;
  }

  const InvokeOptions options_;
  outgoing::Handles handles_;
  std::atomic<bool> stop_{false};
};

}  // namespace

std::unique_ptr<HookTransport> MakeInvokeTransport(InvokeOptions options) {
  return std::make_unique<InvokeTransport>(std::move(options));
}

}  // namespace sallyport::hooks
