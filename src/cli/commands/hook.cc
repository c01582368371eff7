#include "cli/commands/hook.h"

#include <fmt/format.h>
#include <unistd.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include "cli/commands/handler_file.h"
#include "cli/commands/handler_processes.h"
#include "cli/commands/operation_command.h"
#include "cli/embedded.h"
#include "cli/terminal/json.h"
#include "cli/terminal/terminal.h"

namespace sallyport::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view kHooksPath = "/_sallyport/hooks";
constexpr std::string_view kRuntime = "runtime:";
constexpr size_t kMostProcesses = 100;

base::Result<json::object> Rows(Invocation& invocation) {
  const auto document = invocation.api().Get(kHooksPath, Signing::kCredentials);
  if (!document && document.error().code == kNotFoundStatus) {
    return base::Error{"NoHooks",
                       fmt::format("{} has no list of hooks: only Sallyport has one",
                                   invocation.configuration().endpoint),
                       {}};
  }
  if (!document) return document.error();
  json::error_code error;
  const json::value value = json::parse(document->body, error);
  if (error || !value.is_object()) {
    return base::Error{std::string(kStrangeAnswer), "the list of hooks is not JSON", {}};
  }
  return value.as_object();
}

struct Runtime {
  std::string function;  // "*": any function
  std::string address;
};

std::vector<Runtime> Runtimes(const json::object& rows) {
  std::vector<Runtime> runtimes;
  const json::value* list = At(rows, "hooks");
  if (list == nullptr || !list->is_array()) return runtimes;
  for (const json::value& row : list->as_array()) {
    if (!row.is_object()) continue;
    const std::string way = TextAt(row.as_object(), "way");
    if (!way.starts_with(kRuntime)) continue;
    runtimes.push_back({TextAt(row.as_object(), "function"), way.substr(kRuntime.size())});
  }
  return runtimes;
}

// The server's row for `function`; where none is named, the only one that there is.
base::Result<Runtime> FindRuntime(Invocation& invocation,
                                  const std::optional<std::string>& function) {
  SALLYPORT_ASSIGN(const json::object rows, Rows(invocation));
  const std::vector<Runtime> runtimes = Runtimes(rows);
  const Runtime* found = nullptr;
  for (const Runtime& runtime : runtimes) {
    if (function && runtime.function != *function && runtime.function != "*") continue;
    if (!function && found != nullptr && found->address != runtime.address) {
      return base::Error{std::string(kUsage),
                         "the server serves several runtimes: name one's --function, as `sallyport "
                         "hook list` shows them",
                         {}};
    }
    // A row with the function's own name has precedence over "*".
    if (found == nullptr || runtime.function != "*") found = &runtime;
  }
  if (found == nullptr) {
    return base::Error{"NoRuntime",
                       fmt::format("the server serves no runtime for {}: start it with --hook "
                                   "{}=runtime:127.0.0.1:9301",
                                   function.value_or("any function"), function.value_or("NAME")),
                       {}};
  }
  return *found;
}

// Waits a little, because the server may have been started by the previous line of the same script.
base::Result<Runtime> AwaitRuntime(Invocation& invocation,
                                   const std::optional<std::string>& function) {
  constexpr int kMostLooks = 20;
  constexpr auto kPause = std::chrono::milliseconds(250);
  for (int made = 1;; ++made) {
    auto runtime = FindRuntime(invocation, function);
    const bool may_come = !runtime && runtime.error().code == kUnreachable && made < kMostLooks;
    if (!may_come || Interrupted()) return runtime;
    std::this_thread::sleep_for(kPause);
  }
}

base::Result<size_t> Concurrency(const Arguments& arguments) {
  const std::string text = arguments.Get("concurrency").value_or("1");
  size_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc() || end != text.data() + text.size() || count == 0 ||
      count > kMostProcesses) {
    return base::Error{
        std::string(kUsage),
        fmt::format("--concurrency {}: not a number from 1 to {}", text, kMostProcesses),
        {}};
  }
  return count;
}

std::string CurrentFolder() {
  char path[4096];
  return getcwd(path, sizeof path) != nullptr ? path : ".";
}

// The environment that a function finds in Lambda, with this server in place of AWS.
std::vector<std::string> Environment(const Configuration& configuration, const HandlerFile& handler,
                                     const Runtime& runtime, const std::string& function) {
  std::vector<std::string> all = {
      "AWS_LAMBDA_RUNTIME_API=" + runtime.address,
      "AWS_LAMBDA_FUNCTION_NAME=" + function,
      "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
      "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=128",
      "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
      "AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/" + function,
      "AWS_LAMBDA_LOG_STREAM_NAME=" + std::to_string(getpid()),
      "AWS_EXECUTION_ENV=" +
          std::string(handler.python ? "AWS_Lambda_python" : "AWS_Lambda_nodejs"),
      "LAMBDA_TASK_ROOT=" + CurrentFolder(),
      "_HANDLER=" + handler.module + "." + handler.function,
      "AWS_REGION=" + configuration.region,
      "AWS_DEFAULT_REGION=" + configuration.region,
      "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER=" + configuration.endpoint};
  if (const auto& credentials = configuration.credentials) {
    all.push_back("AWS_ACCESS_KEY_ID=" + credentials->access_key);
    all.push_back("AWS_SECRET_ACCESS_KEY=" + std::string(credentials->secret_key.Reveal()));
    if (!credentials->session_token.empty()) {
      all.push_back("AWS_SESSION_TOKEN=" + credentials->session_token);
    }
  }
  return all;
}

}  // namespace

base::Result<int> ListHooks(Invocation& invocation) {
  SALLYPORT_ASSIGN(const json::object rows, Rows(invocation));
  if (invocation.json()) {
    SALLYPORT_TRY(Print(PrettyJson(rows)));
    return kExitDone;
  }
  const View view{.rows = "hooks",
                  .columns = {{"FUNCTION", "function"}, {"WAY", "way"}, {"RUNTIMES", "runtimes"}}};
  const std::string shown = FormatAnswer(view, rows, OutputWidth());
  SALLYPORT_TRY(Print(shown));
  if (shown.empty()) Say("no --hook: the functions of pools are not called");
  return kExitDone;
}

base::Result<int> RunHook(Invocation& invocation) {
  const Arguments& arguments = invocation.arguments();
  SALLYPORT_ASSIGN(const HandlerFile handler, FindHandler(invocation.Word(0)));
  SALLYPORT_ASSIGN(const size_t count, Concurrency(arguments));
  const std::optional<std::string> named = arguments.Get("function");
  Runtime runtime{named.value_or("*"), arguments.Get("runtime").value_or("")};
  if (runtime.address.empty()) {
    SALLYPORT_ASSIGN(runtime, AwaitRuntime(invocation, named));
  }
  const std::string function =
      named.value_or(runtime.function == "*" ? handler.module : runtime.function);
  Say(fmt::format("{} runs the function {} for the Runtime API at {}", invocation.Word(0), function,
                  runtime.address));
  const HandlerCommand command{
      .arguments = {handler.python ? "python3" : "node", handler.python ? "-c" : "-e",
                    handler.python ? embedded::kHandlerLoopPy : embedded::kHandlerLoopJs,
                    handler.path, handler.module, handler.function},
      .environment = Environment(invocation.configuration(), handler, runtime, function),
      .runtime_api = runtime.address};
  return RunHandlerProcesses(command, count);
}

}  // namespace sallyport::cli
