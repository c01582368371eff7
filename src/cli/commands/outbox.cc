#include "cli/commands/outbox.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "cli/commands/operation_command.h"
#include "cli/terminal/json.h"
#include "cli/terminal/terminal.h"
#include "cli/terminal/text.h"

namespace sallyport::cli {
namespace {

namespace json = boost::json;

constexpr std::string_view kOutboxPath = "/_sallyport/outbox";

// Encodes text for a query string.
std::string Encoded(std::string_view text) {
  std::string out;
  for (const char c : text) out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  return out;
}

// The lines of a body, each escaped.
std::string Body(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    out += fmt::format("  {}\n", Escaped(text.substr(0, end)));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

std::string WithBodies(const json::object& answer) {
  std::string out;
  const json::value* messages = At(answer, "messages");
  if (!messages || !messages->is_array()) return out;
  for (const json::value& item : messages->as_array()) {
    if (!item.is_object()) continue;
    const json::object& message = item.as_object();
    out += fmt::format("{}  {}  {}  {}\n", Escaped(TextAt(message, "created")),
                       Escaped(TextAt(message, "medium")), Escaped(TextAt(message, "destination")),
                       Escaped(TextAt(message, "subject")));
    out += Body(TextAt(message, "body")) + "\n";
  }
  return out;
}

}  // namespace

base::Result<int> ShowOutbox(Invocation& invocation) {
  std::string path(kOutboxPath);
  if (const auto to = invocation.arguments().Get("to")) path += "?to=" + Encoded(*to);
  const auto document = invocation.api().Get(path, Signing::kCredentials);
  if (!document && document.error().code == kNotFoundStatus) {
    return base::Error{"NoOutbox",
                       fmt::format("{} has no outbox: only Sallyport has one",
                                   invocation.configuration().endpoint),
                       {}};
  }
  if (!document) return document.error();
  json::error_code error;
  const json::value value = json::parse(document->body, error);
  if (error || !value.is_object()) {
    return base::Error{std::string(kStrangeAnswer), "the outbox is not JSON", {}};
  }
  if (invocation.json()) {
    SALLYPORT_TRY(Print(PrettyJson(value)));
    return kExitDone;
  }
  const View view{.rows = "messages",
                  .columns = {{"CREATED", "created"},
                              {"STATE", "state"},
                              {"MEDIUM", "medium"},
                              {"TO", "destination"},
                              {"CODE", "code"},
                              {"SUBJECT", "subject"},
                              {"ERROR", "error"}}};
  const std::string shown = invocation.arguments().Has("bodies")
                                ? WithBodies(value.as_object())
                                : FormatAnswer(view, value.as_object(), OutputWidth());
  SALLYPORT_TRY(Print(shown));
  if (shown.empty()) Say("the outbox is empty");
  return kExitDone;
}

}  // namespace sallyport::cli
