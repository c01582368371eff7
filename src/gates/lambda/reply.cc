#include "lambda/reply.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string_view>
#include <utility>

#include "authorizer/denial.h"
#include "base/encoding.h"

namespace sallyport::lambda {
namespace {

namespace json = boost::json;

json::string_view View(std::string_view text) {
  return {text.data(), text.size()};
}

Reply Fails(std::string_view type, std::string_view message) {
  return {.failed = true,
          .body = json::serialize(
              json::object{{"errorType", View(type)}, {"errorMessage", View(message)}})};
}

std::string ElementText(const json::value& element) {
  return element.is_string() ? std::string(element.get_string()) : json::serialize(element);
}

// The payload of a token whose signature was verified, so it is one JSON object.
json::object PayloadOf(std::string_view compact) {
  const size_t begin = compact.find('.') + 1;
  const auto bytes = base::Base64UrlDecode(compact.substr(begin, compact.rfind('.') - begin));
  boost::system::error_code failed;
  json::value value =
      bytes
          ? json::parse(View({reinterpret_cast<const char*>(bytes->data()), bytes->size()}), failed)
          : json::value();
  return value.is_object() ? std::move(value.get_object()) : json::object();
}

std::string Joined(const json::array& elements, Payload payload) {
  const bool http = payload == Payload::kRequest2;
  std::string joined;
  for (size_t i = 0; i < elements.size(); ++i) {
    if (i != 0) joined += http ? ' ' : ',';
    joined += ElementText(elements[i]);
  }
  return http ? "[" + joined + "]" : joined;
}

// API Gateway gives strings to a backend, whatever a claim is. Nulls are left out.
json::object ContextOf(authorizer::Token& token, Payload payload) {
  json::object context;
  for (const auto& [name, value] : PayloadOf(token.compact())) {
    if (value.is_array()) {
      context[name] = Joined(value.get_array(), payload);
    } else if (const auto text = token.Claim({name.data(), name.size()})) {
      context[name] = View(*text);
    }
  }
  return context;
}

// Whoever the token is about: its user, or the client that has it for itself.
std::string PrincipalOf(authorizer::Token& token) {
  const auto subject = token.Claim("sub");
  return std::string(subject && !subject->empty() ? *subject : token.client());
}

// What has to be allowed is this call alone. A resource that would be too long is cut, and then
// ends with a wildcard; API Gateway, which does not cache (docs/guide/lambda.md), still only judges
// this call by it.
std::string ResourceOf(const std::string& arn) {
  if (arn.size() <= kGreatestResource) return arn;
  std::string cut(arn, 0, kGreatestResource - 1);
  cut.push_back('*');
  return cut;
}

Reply Policy(const Event& event, std::string_view effect, std::string_view principal,
             json::object context) {
  json::object statement{{"Action", "execute-api:Invoke"},
                         {"Effect", View(effect)},
                         {"Resource", ResourceOf(event.arn)}};
  json::object document{{"Version", "2012-10-17"},
                        {"Statement", json::array{std::move(statement)}}};
  return {.failed = false,
          .body = json::serialize(json::object{{"principalId", View(principal)},
                                               {"policyDocument", std::move(document)},
                                               {"context", std::move(context)}})};
}

Reply Simple(bool is_authorized, json::object context) {
  return {.failed = false,
          .body = json::serialize(
              json::object{{"isAuthorized", is_authorized}, {"context", std::move(context)}})};
}

}  // namespace

Reply ReplyTo(const Settings& settings, const Event& event, authorizer::Decision& decision) {
  const bool simple = settings.response == ResponseFormat::kSimple;
  if (decision.verdict == SALLYPORT_ALLOW && decision.token) {
    json::object context = ContextOf(*decision.token, event.payload);
    return simple ? Simple(true, std::move(context))
                  : Policy(event, "Allow", PrincipalOf(*decision.token), std::move(context));
  }
  const authorizer::Denial denial =
      authorizer::DenialOf(decision.reason, settings.scope_status, settings.style);
  if (denial.status == authorizer::kForbiddenStatus && decision.token) {
    return simple ? Simple(false, {}) : Policy(event, "Deny", PrincipalOf(*decision.token), {});
  }
  return Fails("Unauthorized", "Unauthorized");
}

Reply Failure(const base::Error& error) {
  return Fails(error.code, error.message);
}

}  // namespace sallyport::lambda
