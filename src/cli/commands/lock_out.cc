#include "cli/commands/lock_out.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <string>

#include "cli/commands/operation_command.h"
#include "cli/terminal/json.h"
#include "cli/terminal/terminal.h"
#include "cli/terminal/text.h"

namespace sallyport::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view kLockOutsPath = "/_sallyport/lock-outs";

base::Result<json::object> AskLockOuts(Invocation& invocation, const char* action) {
  if (IsAws(invocation.configuration().endpoint)) {
    return base::Error{std::string(kUsage), "Amazon Cognito does not say who is locked out", {}};
  }
  SALLYPORT_ASSIGN(const std::string pool, invocation.Pool());
  return invocation.api().Post(
      kLockOutsPath, {{"UserPoolId", pool}, {"Username", invocation.Word(0)}, {"Action", action}});
}

std::string LockOutSentence(const json::object& answer) {
  const std::string name = Escaped(TextAt(answer, "Username"));
  const int64_t wrong = NumberAt(answer, "WrongPasswords");
  const int64_t seconds = NumberAt(answer, "SecondsLeft");
  const std::string count = fmt::format("{} wrong password{}", wrong, wrong == 1 ? "" : "s");
  if (seconds == 0) return fmt::format("{} is not locked out: {}\n", name, count);
  return fmt::format("{} is locked out for {} s more, after {}: `sallyport user unlock` ends it\n",
                     name, seconds, count);
}

base::Result<int> TellLockOut(const Invocation& invocation, const json::object& answer,
                              const std::string& sentence) {
  SALLYPORT_TRY(Print(invocation.json() ? PrettyJson(answer) : sentence));
  return kExitDone;
}

}  // namespace

base::Result<int> ShowLockOut(Invocation& invocation) {
  SALLYPORT_ASSIGN(const json::object answer, AskLockOuts(invocation, "SHOW"));
  return TellLockOut(invocation, answer, LockOutSentence(answer));
}

base::Result<int> LiftLockOut(Invocation& invocation) {
  SALLYPORT_ASSIGN(const json::object answer, AskLockOuts(invocation, "LIFT"));
  return TellLockOut(invocation, answer,
                     fmt::format("{} may sign in again\n", Escaped(TextAt(answer, "Username"))));
}

}  // namespace sallyport::cli
