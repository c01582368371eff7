// bootstrap: the Lambda authorizer, for the runtime provided.al2023 (docs/guide/lambda.md).
#include <nss.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "lambda/handler.h"
#include "lambda/runtime_api.h"
#include "lambda/settings.h"

namespace {

using namespace sallyport;
using std::chrono::milliseconds;

// What must remain of an invocation's time for sending the reply.
constexpr int64_t kForTheReplyMillis = 100;

milliseconds PatienceFor(const lambda::Invocation& invocation, const base::Clock& clock) {
  constexpr int64_t kAny = 60'000;
  if (invocation.deadline_millis == 0) return milliseconds(kAny);
  return milliseconds(std::clamp<int64_t>(
      invocation.deadline_millis - clock.WallMillis() - kForTheReplyMillis, 0, kAny));
}

int FailStart(lambda::RuntimeApi& api, const base::Error& error) {
  base::LogError("the authorizer cannot start",
                 {{"cause", error.message}, {"detail", error.cause}});
  if (const base::Status told = api.FailToStart(error); !told) {
    base::LogError("the Runtime API could not be told why the start has failed",
                   {{"cause", told.error().cause}});
  }
  return EXIT_FAILURE;
}

int Run(lambda::RuntimeApi& api, lambda::Handler& handler, const base::Clock& clock) {
  for (;;) {
    const auto invocation = api.Next();
    if (!invocation) {
      base::LogError("no event can be fetched", {{"cause", invocation.error().cause}});
      return EXIT_FAILURE;
    }
    const lambda::Reply reply = handler.Handle(invocation->event, PatienceFor(*invocation, clock));
    if (const base::Status told = api.Answer(*invocation, reply); !told) {
      base::LogError("a reply was not delivered", {{"cause", told.error().cause}});
    }
    handler.Tidy();
  }
}

}  // namespace

int main() {
  // Linked statically, so other name services, which would be loaded, cannot be used.
  __nss_configure_lookup("hosts", "files dns");
  const char* const address = std::getenv("AWS_LAMBDA_RUNTIME_API");
  if (address == nullptr) {
    std::fputs(
        "bootstrap: AWS_LAMBDA_RUNTIME_API is not set: this program is started by AWS Lambda\n",
        stderr);
    return EXIT_FAILURE;
  }
  const base::Clock& clock = base::SystemClock::Get();
  lambda::RuntimeApi api(address);
  auto settings = lambda::ReadSettings(lambda::VariablesOf(environ));
  if (!settings) return FailStart(api, settings.error());
  auto handler = lambda::Handler::Open(std::move(settings).value(), clock);
  if (!handler) return FailStart(api, handler.error());
  return Run(api, **handler, clock);
}
