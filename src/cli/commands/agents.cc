#include "cli/commands/agents.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/account/files.h"
#include "cli/commands/operation_command.h"
#include "cli/terminal/json.h"
#include "cli/terminal/terminal.h"
#include "cli/terminal/text.h"

namespace sallyport::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view kAgentsPath = "/_sallyport/agents";

base::Result<json::object> Ask(Invocation& invocation, const json::object& input) {
  if (IsAws(invocation.configuration().endpoint)) {
    return base::Error{std::string(kUsage), "Amazon Cognito has no agents", {}};
  }
  return invocation.api().Post(kAgentsPath, input);
}

json::array SplitAtCommas(const std::vector<std::string>& values) {
  json::array parts;
  for (std::string_view rest : values) {
    for (size_t comma = 0; comma != std::string_view::npos;) {
      comma = rest.find(',');
      parts.emplace_back(rest.substr(0, comma));
      rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    }
  }
  return parts;
}

}  // namespace

base::Result<int> AddAgent(Invocation& invocation) {
  const Arguments& given = invocation.arguments();
  const std::string name = invocation.Word(0);
  const std::string path = given.Get("out").value_or(name + ".enrolment");
  json::object input = {{"Action", "ADD"}, {"Name", name}};
  if (const auto servers = given.flags.find("server"); servers != given.flags.end()) {
    input["Servers"] = SplitAtCommas(servers->second);
  }
  // Another agent may be using the file that is there.
  SALLYPORT_ASSIGN(const auto present, ReadFile(path));
  if (present) {
    return base::Error{"FileError", fmt::format("{} exists already: give another --out", path), {}};
  }
  SALLYPORT_ASSIGN(const json::object answer, Ask(invocation, input));
  if (base::Status written = WritePrivateFile(path, TextAt(answer, "Enrolment")); !written) {
    base::Error error = std::move(written).error();
    error.message +=
        fmt::format("; {} is enrolled, but its file was not written: `sallyport agents remove {}`",
                    Escaped(name), Escaped(name));
    return error;
  }
  if (invocation.json()) {
    SALLYPORT_TRY(Print(PrettyJson(json::object{
        {"Name", TextAt(answer, "Name")}, {"KeyId", TextAt(answer, "KeyId")}, {"File", path}})));
    return kExitDone;
  }
  SALLYPORT_TRY(Print(fmt::format("{}\n", path)));
  Say(fmt::format("{} is enrolled: on its host, `sallyport agent --enrolment {} --replica FILE`",
                  Escaped(name), path));
  return kExitDone;
}

base::Result<int> ListAgents(Invocation& invocation) {
  SALLYPORT_ASSIGN(json::object answer, Ask(invocation, {{"Action", "LIST"}}));
  if (invocation.json()) {
    SALLYPORT_TRY(Print(PrettyJson(answer)));
    return kExitDone;
  }
  json::array rows;
  const json::value* agents = At(answer, "Agents");
  for (size_t i = 0; agents && agents->is_array() && i < agents->as_array().size(); ++i) {
    if (!agents->as_array()[i].is_object()) continue;
    json::object row = agents->as_array()[i].as_object();
    const json::value* peers = At(row, "Peers");
    std::string from;
    for (size_t k = 0; peers && peers->is_array() && k < peers->as_array().size(); ++k) {
      const json::value& peer = peers->as_array()[k];
      if (peer.is_string()) from += (from.empty() ? "" : " ") + std::string(peer.as_string());
    }
    const bool withdrawn = !TextAt(row, "Withdrawn").empty();
    row["State"] = withdrawn                     ? "removed"
                   : NumberAt(row, "Leases") > 0 ? "holds a lease"
                   : from.empty()                ? "not connected"
                                                 : "no lease";
    row["From"] = from;
    rows.push_back(std::move(row));
  }
  const bool empty = rows.empty();
  answer["Agents"] = std::move(rows);
  const View view{.rows = "Agents",
                  .columns = {{"AGENT", "Name"},
                              {"STATE", "State"},
                              {"FROM", "From"},
                              {"ADDED", "Added"},
                              {"REMOVED", "Withdrawn"},
                              {"KEY", "KeyId"}}};
  SALLYPORT_TRY(Print(FormatAnswer(view, answer, OutputWidth())));
  if (empty) Say("no agent is enrolled: `sallyport agents add NAME`");
  return kExitDone;
}

base::Result<int> RemoveAgent(Invocation& invocation) {
  const std::string name = invocation.Word(0);
  SALLYPORT_TRY(invocation.Confirm(
      fmt::format("Withdraw the key of {}, whose gates then let nobody in", Escaped(name))));
  SALLYPORT_ASSIGN(const json::object answer,
                   Ask(invocation, {{"Action", "REMOVE"}, {"Name", name}}));
  if (invocation.json()) {
    SALLYPORT_TRY(Print(PrettyJson(answer)));
    return kExitDone;
  }
  SALLYPORT_TRY(
      Print(fmt::format("{} is removed: its gates refuse every request\n", Escaped(name))));
  return kExitDone;
}

}  // namespace sallyport::cli
