#include "lambda/event.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <optional>

#include "base/text.h"

namespace sallyport::lambda {
namespace {

namespace json = boost::json;

base::Error Unknown(std::string message) {
  return {"invalid_event", std::move(message), ""};
}

std::optional<std::string> StringOf(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

const json::object* ObjectOf(const json::object& object, std::string_view name) {
  const json::value* const value = object.if_contains(name);
  return value == nullptr ? nullptr : value->if_object();
}

// Names of headers are compared without their case: a client chooses it, and REST APIs keep it.
std::vector<std::string> HeaderValues(const json::object& headers, std::string_view name) {
  std::vector<std::string> values;
  for (const auto& [key, value] : headers) {
    if (!base::EqualIgnoringCase({key.data(), key.size()}, name)) continue;
    if (value.is_string()) values.emplace_back(value.get_string());
    if (!value.is_array()) continue;
    for (const json::value& element : value.get_array()) {
      if (element.is_string()) values.emplace_back(element.get_string());
    }
  }
  return values;
}

base::Result<Event> ParseToken(const json::object& object) {
  const auto token = StringOf(object, "authorizationToken");
  const auto arn = StringOf(object, "methodArn");
  if (!token || !arn) return Unknown("a TOKEN event without authorizationToken or methodArn");
  return Event{.payload = Payload::kToken, .arn = *arn, .tokens = {*token}};
}

base::Result<Event> ParseRequest(const json::object& object, Payload payload,
                                 std::string_view token_header) {
  const auto arn = StringOf(object, payload == Payload::kRequest2 ? "routeArn" : "methodArn");
  if (!arn) return Unknown("a REQUEST event without the ARN of what is called");
  Event event{.payload = payload, .arn = *arn, .tokens = {}};
  // `headers` of payload 1.0 has only the last of several values.
  const json::object* headers = ObjectOf(object, "multiValueHeaders");
  if (headers == nullptr) headers = ObjectOf(object, "headers");
  if (headers != nullptr) event.tokens = HeaderValues(*headers, token_header);
  return event;
}

}  // namespace

base::Result<Event> ParseEvent(std::string_view text, std::string_view token_header) {
  if (text.size() > kGreatestEventBytes) return Unknown("the event is too long");
  boost::system::error_code failed;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), failed);
  if (failed || !value.is_object()) return Unknown("the event is not a JSON object");
  const json::object& object = value.get_object();
  const std::string version = StringOf(object, "version").value_or("1.0");
  const std::string type = StringOf(object, "type").value_or("");
  if (version == "1.0" && type == "TOKEN") return ParseToken(object);
  if (version == "1.0" && type == "REQUEST") {
    return ParseRequest(object, Payload::kRequest1, token_header);
  }
  if (version == "2.0" && type == "REQUEST") {
    return ParseRequest(object, Payload::kRequest2, token_header);
  }
  return Unknown("the event is not one that API Gateway sends to a Lambda authorizer");
}

}  // namespace sallyport::lambda
