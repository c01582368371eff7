#include "hooks/hook_transport.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <utility>
#include <vector>

namespace sallyport::hooks {

namespace json = boost::json;
using Kind = domain::HookOutcome::Kind;

namespace {

// The message of an error is sent to the caller, so it is limited.
constexpr size_t kGreatestMessage = 4096;

std::string Member(const json::value& value, std::string_view name) {
  if (!value.is_object()) return {};
  const json::value* member = value.get_object().if_contains(name);
  return member != nullptr && member->is_string() ? std::string(member->get_string())
                                                  : std::string();
}

json::value Parsed(std::string_view text) {
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  return error ? json::value() : value;
}

// Whether it is a valid name or qualifier in Lambda. It becomes part of URLs.
bool IsWord(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  });
}

bool IsQualifier(std::string_view text) {
  return text == "$LATEST" || IsWord(text);
}

// Shortens the text without dividing a UTF-8 character.
void Shorten(std::string& text) {
  if (text.size() <= kGreatestMessage) return;
  size_t size = kGreatestMessage;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) --size;
  text.resize(size);
}

}  // namespace

Function ParseArn(std::string_view arn) {
  constexpr size_t kRegion = 3, kKind = 5, kName = 6, kQualifier = 7;
  Function function{.arn = std::string(arn), .region = {}, .name = {}, .qualifier = {}};
  std::vector<std::string_view> parts;
  for (std::string_view rest = arn;;) {
    const size_t colon = rest.find(':');
    parts.push_back(rest.substr(0, colon));
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  if (parts.size() <= kName || parts.size() > kQualifier + 1 || parts[0] != "arn" ||
      parts[2] != "lambda" || parts[kKind] != "function" || !IsWord(parts[kName]) ||
      (parts.size() > kQualifier && !IsQualifier(parts[kQualifier]))) {
    return function;
  }
  function.region = parts[kRegion];
  function.name = parts[kName];
  if (parts.size() > kQualifier) function.qualifier = parts[kQualifier];
  return function;
}

domain::HookOutcome Raised(std::string_view error_json, std::string_view otherwise) {
  const json::value error = Parsed(error_json);
  domain::HookOutcome outcome{Kind::kRaised, Member(error, "errorMessage"),
                              "errorType " + Member(error, "errorType")};
  if (outcome.text.empty()) outcome.text = otherwise;
  Shorten(outcome.text);
  return outcome;
}

bool HasErrorMessage(std::string_view error_json) {
  const json::value error = Parsed(error_json);
  return error.is_object() && error.get_object().contains("errorMessage");
}

domain::HookOutcome NotCalled(std::string code, std::string cause) {
  return {Kind::kNotCalled, std::move(code), std::move(cause)};
}

domain::HookOutcome TimedOut(std::string cause) {
  return {Kind::kTimedOut, {}, std::move(cause)};
}

domain::HookOutcome Undelivered(domain::HookOutcome outcome) {
  outcome.undelivered = true;
  return outcome;
}

domain::HookOutcome TooLarge() {
  return {Kind::kRaised,
          "Response payload size exceeded maximum allowed payload size (" +
              std::to_string(kGreatestAnswer) + " bytes).",
          "errorType Function.ResponseSizeTooLarge"};
}

}  // namespace sallyport::hooks
