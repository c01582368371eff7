#include "domain/custom_sender.h"

#include <boost/json/serialize.hpp>
#include <utility>

#include "base/error_codes.h"
#include "domain/json.h"

namespace sallyport::domain {

namespace json = boost::json;

Trigger SenderOf(Medium medium) {
  return medium == Medium::kEmail ? Trigger::kCustomEmailSender : Trigger::kCustomSmsSender;
}

bool HasSender(const Pool& pool) {
  return HookOf(pool, Trigger::kCustomEmailSender) || HookOf(pool, Trigger::kCustomSmsSender);
}

std::string_view SenderKeyId(const Pool& pool) {
  return pool.settings.sender_key_id;
}

std::string ForSender(const User& user, std::string_view client_id, std::string_view user_agent,
                      const json::object* client_metadata) {
  const json::value metadata =
      client_metadata != nullptr ? json::value(*client_metadata) : json::value();
  return json::serialize(json::object{{"clientId", client_id},
                                      {"userAgent", user_agent},
                                      {"clientMetadata", metadata},
                                      {"userAttributes", HookAttributes(user)}});
}

base::Status CallSender(const Services& services, const Pool& pool, const Message& message,
                        std::string_view code) {
  SALLYPORT_ASSIGN(json::object told, ParseRecord(MessageKey(message.id), message.for_sender));
  const bool mail = message.medium == Medium::kEmail;
  const std::string source =
      std::string(TriggerName(SenderOf(message.medium))) + "_" + message.cause;
  const std::string client_id(StringMember(told, "clientId"));
  const std::string user_agent(StringMember(told, "userAgent"));
  json::object request{{"type", mail ? "customEmailSenderRequestV1" : "customSMSSenderRequestV1"},
                       {"code", code},
                       {"clientMetadata", std::move(told["clientMetadata"])},
                       {"userAttributes", std::move(told["userAttributes"])}};
  const auto answered = CallHook(services, pool,
                                 {.trigger = SenderOf(message.medium),
                                  .source = source,
                                  .username = message.username,
                                  .client_id = client_id,
                                  .user_agent = user_agent,
                                  .request = std::move(request)});
  if (answered || answered.error().code == base::code::kInvalidLambdaResponse) return {};
  return answered.error();
}

}  // namespace sallyport::domain
