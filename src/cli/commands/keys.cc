#include "cli/commands/keys.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "cli/commands/operation_command.h"
#include "cli/terminal/json.h"
#include "cli/terminal/terminal.h"
#include "cli/terminal/text.h"

namespace sallyport::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view kKeysPath = "/_sallyport/keys";

base::Result<std::string> PoolOfKeys(Invocation& invocation) {
  if (IsAws(invocation.configuration().endpoint)) {
    return base::Error{std::string(kUsage), "Amazon Cognito rotates its keys itself", {}};
  }
  std::string named = invocation.Word(0);
  if (!named.empty()) return named;
  return invocation.Pool();
}

base::Result<json::object> AskForKeys(Invocation& invocation, const std::string& pool,
                                      const char* action) {
  return invocation.api().Post(kKeysPath, {{"Action", action}, {"UserPoolId", pool}});
}

// The meaning of a stage, with its times.
json::object ShownKey(const json::object& key) {
  const std::string state = TextAt(key, "State");
  const std::string since = TextAt(key, "Since");
  const std::string until = TextAt(key, "Until");
  const char* means = state == "NEXT"       ? "signs from"
                      : state == "RETIRING" ? "is withdrawn at"
                                            : "signs since";
  return {{"Kid", TextAt(key, "Kid")},
          {"State", state},
          {"Published", TextAt(key, "Published")},
          {"Then", fmt::format("{} {}", means, until.empty() ? since : until)}};
}

base::Status PrintKeys(Invocation& invocation, json::object answer) {
  if (invocation.json()) return Print(PrettyJson(answer));
  json::array rows;
  const json::value* keys = At(answer, "Keys");
  for (size_t i = 0; keys && keys->is_array() && i < keys->as_array().size(); ++i) {
    const json::value& key = keys->as_array()[i];
    if (key.is_object()) rows.emplace_back(ShownKey(key.as_object()));
  }
  answer["Keys"] = std::move(rows);
  const View view{
      .rows = "Keys",
      .columns = {
          {"KEY", "Kid"}, {"STATE", "State"}, {"PUBLISHED", "Published"}, {"WHEN", "Then"}}};
  return Print(FormatAnswer(view, answer, OutputWidth()));
}

}  // namespace

base::Result<int> ListKeys(Invocation& invocation) {
  SALLYPORT_ASSIGN(const std::string pool, PoolOfKeys(invocation));
  SALLYPORT_ASSIGN(json::object answer, AskForKeys(invocation, pool, "LIST"));
  SALLYPORT_TRY(PrintKeys(invocation, std::move(answer)));
  return kExitDone;
}

base::Result<int> RotateKeys(Invocation& invocation) {
  SALLYPORT_ASSIGN(const std::string pool, PoolOfKeys(invocation));
  const bool compromised = invocation.arguments().Has("compromised");
  if (compromised) {
    SALLYPORT_TRY(invocation.Confirm(
        fmt::format("Withdraw all signing keys of {}: access and ID tokens that were issued until "
                    "now are refused from then on",
                    Escaped(pool))));
  }
  SALLYPORT_ASSIGN(json::object answer,
                   AskForKeys(invocation, pool, compromised ? "REPLACE" : "ROTATE"));
  SALLYPORT_TRY(PrintKeys(invocation, std::move(answer)));
  if (!invocation.json()) {
    Say(compromised ? "tokens that the old keys signed are refused everywhere; apps get new ones "
                      "with their refresh tokens"
                    : "the next key is published, and signs by itself; nobody is signed out");
  }
  return kExitDone;
}

}  // namespace sallyport::cli
