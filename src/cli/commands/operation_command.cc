#include "cli/commands/operation_command.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <iostream>
#include <iterator>
#include <utility>

#include "cli/terminal/json.h"
#include "cli/terminal/table.h"
#include "cli/terminal/terminal.h"
#include "cli/terminal/text.h"

namespace sallyport::cli {
namespace {

namespace json = boost::json;

base::Error Usage(std::string message) {
  return {std::string(kUsage), std::move(message), {}};
}

// The place of the member at "A.B". Objects on the way are created.
json::value& Place(json::object& input, std::string_view path) {
  const size_t dot = path.find('.');
  json::value& value = input[path.substr(0, dot)];
  if (dot == std::string_view::npos) return value;
  if (!value.is_object()) value.emplace_object();
  return Place(value.as_object(), path.substr(dot + 1));
}

base::Result<json::value> ToNumber(const std::string& what, const std::string& text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) {
    return Usage(fmt::format("{}: \"{}\" is not a number", what, text));
  }
  return json::value(number);
}

json::value ToList(const std::vector<std::string>& texts) {
  json::array list;
  for (const std::string& text : texts) {
    for (size_t at = 0; at <= text.size();) {
      const size_t comma = std::min(text.find(',', at), text.size());
      if (comma > at) list.emplace_back(text.substr(at, comma - at));
      at = comma + 1;
    }
  }
  return list;
}

base::Result<json::value> ToAttributes(const std::string& what,
                                       const std::vector<std::string>& texts) {
  json::array list;
  for (const std::string& text : texts) {
    const size_t equal = text.find('=');
    if (equal == std::string::npos || equal == 0) {
      return Usage(fmt::format("{}: \"{}\" is not of the form NAME=VALUE", what, text));
    }
    list.push_back({{"Name", text.substr(0, equal)}, {"Value", text.substr(equal + 1)}});
  }
  return json::value(std::move(list));
}

base::Result<json::object> ReadInput(const Surroundings& around, const std::string& path) {
  std::string text;
  if (path == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    SALLYPORT_ASSIGN(auto file, around.read(path));
    if (!file) return Usage(fmt::format("--input: no file {}", path));
    text = std::move(*file);
  }
  json::error_code error;
  auto value = json::parse(text, error);
  if (error || !value.is_object()) {
    return Usage(fmt::format("--input: {} is not one JSON object", path));
  }
  return std::move(value.as_object());
}

base::Result<json::value> ToValue(const std::string& what, Kind kind,
                                  const std::vector<std::string>& texts) {
  switch (kind) {
    case Kind::kNumber:
      return ToNumber(what, texts.back());
    case Kind::kSwitch:
      return json::value(true);
    case Kind::kSwitchOff:
      return json::value(false);
    case Kind::kList:
      return ToList(texts);
    case Kind::kAttributes:
      return ToAttributes(what, texts);
    default:
      return json::value(texts.back());
  }
}

base::Status AddFlags(const Invocation& invocation, json::object& input) {
  const Arguments& given = invocation.arguments();
  for (const Flag& flag : invocation.command().flags) {
    const auto found = given.flags.find(flag.name);
    if (found == given.flags.end() || flag.member.empty()) continue;
    if (!flag.constant.empty()) {
      Place(input, flag.member) = flag.constant;
      continue;
    }
    SALLYPORT_ASSIGN(auto value, ToValue("--" + flag.name, flag.kind, found->second));
    Place(input, flag.member) = std::move(value);
  }
  return {};
}

base::Status AddWords(const Invocation& invocation, json::object& input) {
  const auto& arguments = invocation.command().arguments;
  const auto& words = invocation.arguments().words;
  for (size_t i = 0; i < arguments.size() && i < words.size(); ++i) {
    if (arguments[i].member.empty()) continue;
    std::vector<std::string> texts(words.begin() + static_cast<ptrdiff_t>(i), words.end());
    if (!arguments[i].several) texts.resize(1);
    SALLYPORT_ASSIGN(auto value, ToValue(arguments[i].name, arguments[i].kind, texts));
    Place(input, arguments[i].member) = std::move(value);
  }
  return {};
}

base::Status AddProof(Invocation& invocation, json::object& input) {
  const Proof proof = invocation.command().proof;
  if (proof == Proof::kAccessToken) {
    SALLYPORT_ASSIGN(const base::Secret token, invocation.Token(proof));
    input["AccessToken"] = token.Reveal();
  } else if (proof == Proof::kClient) {
    SALLYPORT_ASSIGN(const std::string client, invocation.ClientId());
    input["ClientId"] = client;
    const auto hash = invocation.SecretHash(TextAt(input, "Username"), client);
    if (hash) input["SecretHash"] = *hash;
  } else if (proof == Proof::kRefreshToken) {
    SALLYPORT_ASSIGN(const base::Secret token, invocation.Token(proof));
    SALLYPORT_ASSIGN(const std::string client, invocation.ClientId());
    const bool revoke = invocation.command().operation == "RevokeToken";
    input[revoke ? "Token" : "RefreshToken"] = token.Reveal();
    input["ClientId"] = client;
    const std::string_view secret = invocation.configuration().client_secret.Reveal();
    if (!secret.empty()) input["ClientSecret"] = secret;
  }
  return {};
}

// All pages, or as many rows as --limit says, in one answer.
base::Result<json::object> CallPages(Invocation& invocation, json::object input) {
  const Command& command = invocation.command();
  if (command.paging.size_member.empty()) return invocation.Call(command.operation, input);
  size_t limit = SIZE_MAX;
  if (const auto text = invocation.arguments().Get("limit")) {
    SALLYPORT_ASSIGN(const auto number, ToNumber("--limit", *text));
    if (number.as_int64() < 1) return Usage("--limit: must be above 0");
    limit = static_cast<size_t>(number.as_int64());
  }
  json::array rows;
  while (true) {
    const size_t left = limit - rows.size();
    input[command.paging.size_member] =
        std::min<size_t>(left, static_cast<size_t>(command.paging.size));
    SALLYPORT_ASSIGN(auto answer, invocation.Call(command.operation, input));
    if (json::value* page = answer.if_contains(command.view.rows); page && page->is_array()) {
      for (json::value& row : page->as_array()) rows.push_back(std::move(row));
    }
    const std::string token = TextAt(answer, command.paging.token_member);
    if (token.empty() || rows.size() >= limit) {
      answer[command.view.rows] = std::move(rows);
      return answer;
    }
    input[command.paging.token_member] = token;
  }
}

std::string Cell(const json::object& row, const std::string& path) {
  const size_t colon = path.find(':');
  if (colon != std::string::npos) {
    return AttributeIn(At(row, path.substr(0, colon)), path.substr(colon + 1));
  }
  const json::value* value = At(row, path);
  return value ? CellText(path, *value) : std::string();
}

bool IsAttributeList(const json::array& array) {
  const auto* first = array.empty() ? nullptr : array[0].if_object();
  return first && first->size() <= 2 && first->contains("Name");
}

bool IsFlat(const json::array& array) {
  for (const json::value& item : array) {
    if (item.is_structured()) return false;
  }
  return true;
}

using Lines = std::vector<std::vector<std::string>>;

void FlattenList(const std::string& name, const json::array& array, bool top, Lines& lines) {
  if (top && IsAttributeList(array)) {
    for (const json::value& item : array) {
      lines.push_back({TextAt(item.as_object(), "Name"), TextAt(item.as_object(), "Value")});
    }
  } else if (IsFlat(array)) {
    lines.push_back({name, CellText(name, array)});
  } else {
    lines.push_back({name, fmt::format("({}; --json shows them)", array.size())});
  }
}

// One line for each member, followed by those of inner objects as "Outer.Inner".
void Flatten(const std::string& prefix, const json::object& object, Lines& lines) {
  for (const auto& member : object) {
    const std::string name = prefix + std::string(member.key());
    if (const auto* array = member.value().if_array()) {
      FlattenList(name, *array, prefix.empty(), lines);
    } else if (!member.value().is_object()) {
      lines.push_back({name, CellText(name, member.value())});
    }
  }
  for (const auto& member : object) {
    const auto* inner = member.value().if_object();
    if (inner) Flatten(prefix + std::string(member.key()) + ".", *inner, lines);
  }
}

std::string Filled(std::string text, const Invocation& invocation) {
  const auto& arguments = invocation.command().arguments;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string name = "{" + arguments[i].name + "}";
    const size_t at = text.find(name);
    if (at != std::string::npos) text.replace(at, name.size(), Escaped(invocation.Word(i)));
  }
  return text;
}

}  // namespace

std::string CellText(std::string_view member, const json::value& value) {
  if (const auto* text = value.if_string()) return {text->data(), text->size()};
  if (value.is_number() && (member.ends_with("Date") || member.ends_with("DateTime"))) {
    const auto seconds = static_cast<time_t>(value.to_number<double>());
    return fmt::format("{:%Y-%m-%d %H:%M:%SZ}", fmt::gmtime(seconds));
  }
  if (const auto* array = value.if_array()) {
    std::string joined;
    for (const json::value& item : *array) {
      if (!joined.empty()) joined += ", ";
      joined += CellText({}, item);
    }
    return joined;
  }
  std::string text = PrettyJson(value);
  text.pop_back();
  return text;
}

std::string FormatAnswer(const View& view, const json::object& answer, size_t width) {
  std::vector<std::vector<std::string>> lines;
  if (!view.record.empty()) {
    const json::value* value = view.record == "." ? nullptr : At(answer, view.record);
    const json::object* object = view.record == "." ? &answer
                                 : value            ? value->if_object()
                                                    : nullptr;
    if (object) Flatten("", *object, lines);
    return FormatTable({}, lines, width);
  }
  if (view.rows.empty()) return {};
  std::vector<std::string> titles;
  for (const Column& column : view.columns) titles.push_back(column.title);
  const json::value* rows = At(answer, view.rows);
  if (rows && rows->is_array()) {
    for (const json::value& row : rows->as_array()) {
      if (!row.is_object()) continue;
      auto& line = lines.emplace_back();
      for (const Column& column : view.columns) line.push_back(Cell(row.as_object(), column.path));
    }
  }
  if (lines.empty()) return {};
  return FormatTable(titles, lines, width);
}

base::Result<json::object> MakeInput(Invocation& invocation) {
  const Command& command = invocation.command();
  json::object input;
  if (const auto path = invocation.arguments().Get("input")) {
    SALLYPORT_ASSIGN(input, ReadInput(invocation.around(), *path));
  }
  if (!command.fixed.empty()) {
    const json::value fixed = json::parse(command.fixed);
    for (const auto& member : fixed.as_object()) input[member.key()] = member.value();
  }
  SALLYPORT_TRY(AddFlags(invocation, input));
  SALLYPORT_TRY(AddWords(invocation, input));
  if (command.needs_pool && !input.contains("UserPoolId")) {
    SALLYPORT_ASSIGN(input["UserPoolId"], invocation.Pool());
  }
  SALLYPORT_TRY(AddProof(invocation, input));
  return input;
}

base::Result<int> RunOperation(Invocation& invocation) {
  const Command& command = invocation.command();
  SALLYPORT_ASSIGN(json::object input, MakeInput(invocation));
  for (const Prompt& prompt : command.prompts) {
    SALLYPORT_ASSIGN(const base::Secret password, invocation.Password(prompt));
    Place(input, prompt.member) = password.Reveal();
  }
  if (!command.confirm.empty()) {
    SALLYPORT_TRY(invocation.Confirm(Filled(command.confirm, invocation)));
  }
  SALLYPORT_ASSIGN(const json::object answer, CallPages(invocation, std::move(input)));
  if (command.ends_session && !invocation.arguments().Has("access-token") &&
      !invocation.arguments().Has("refresh-token")) {
    SALLYPORT_TRY(ForgetSession(invocation.around()));
  }
  if (invocation.json()) {
    SALLYPORT_TRY(Print(PrettyJson(answer)));
    return kExitDone;
  }
  const std::string text = FormatAnswer(command.view, answer, OutputWidth());
  SALLYPORT_TRY(Print(text));
  if (text.empty() && !command.view.rows.empty()) Say("none");
  if (!command.view.done.empty()) Say(Filled(command.view.done, invocation));
  return kExitDone;
}

}  // namespace sallyport::cli
