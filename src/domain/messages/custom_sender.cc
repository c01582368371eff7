#include "domain/messages/custom_sender.h"

#include <boost/json/serialize.hpp>
#include <utility>

#include "base/error_codes.h"
#include "domain/records/json.h"
#include "domain/records/record.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

// What a sender is told beside the code, as stored in Message::for_sender.
struct Told {
  std::string client_id;
  std::string user_agent;
  json::value client_metadata;
  json::value user_attributes;
};
constexpr auto kTold =
    RecordOf<Told>(Member("clientId", &Told::client_id), Member("userAgent", &Told::user_agent),
                   Member("clientMetadata", &Told::client_metadata),
                   Member("userAttributes", &Told::user_attributes));

}  // namespace

Trigger SenderOf(Medium medium) {
  return medium == Medium::kEmail ? Trigger::kCustomEmailSender : Trigger::kCustomSmsSender;
}

bool HasSender(const Pool& pool) {
  return HookFunctionOf(pool, Trigger::kCustomEmailSender) ||
         HookFunctionOf(pool, Trigger::kCustomSmsSender);
}

std::string_view SenderKeyId(const Pool& pool) {
  return pool.settings.sender_key_id;
}

std::string ForSender(const User& user, std::string_view client_id, std::string_view user_agent,
                      const json::object* client_metadata) {
  const json::value metadata =
      client_metadata != nullptr ? json::value(*client_metadata) : json::value();
  return json::serialize(kTold.Write(
      {std::string(client_id), std::string(user_agent), metadata, HookAttributes(user)}));
}

base::Status CallSender(const Services& services, const Pool& pool, const Message& message,
                        std::string_view code) {
  SALLYPORT_ASSIGN(const json::object record,
                   ParseRecord(MessageKey(message.id), message.for_sender));
  Told told = kTold.Read(record);
  const bool mail = message.medium == Medium::kEmail;
  const std::string source =
      std::string(TriggerName(SenderOf(message.medium))) + "_" + message.cause;
  json::object request{{"type", mail ? "customEmailSenderRequestV1" : "customSMSSenderRequestV1"},
                       {"code", code},
                       {"clientMetadata", std::move(told.client_metadata)},
                       {"userAttributes", std::move(told.user_attributes)}};
  const auto answered = CallHook(services, pool,
                                 {.trigger = SenderOf(message.medium),
                                  .source = source,
                                  .username = message.username,
                                  .client_id = told.client_id,
                                  .user_agent = told.user_agent,
                                  .request = std::move(request)});
  if (answered || answered.error().code == base::code::kInvalidLambdaResponse) return {};
  return answered.error();
}

}  // namespace sallyport::domain
