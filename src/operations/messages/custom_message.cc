#include "operations/messages/custom_message.h"

#include <string>
#include <utility>

#include "domain/errors.h"
#include "domain/hooks/hook.h"
#include "domain/messages/custom_sender.h"
#include "hook_model/answers.h"
#include "operations/sign_up/sign_up_hooks.h"

namespace sallyport::operations {

namespace json = boost::json;

namespace {

constexpr std::string_view kCode = "{####}";
constexpr std::string_view kUsername = "{username}";
constexpr std::string_view kInvitation = "AdminCreateUser";
// The limits of SmsVerificationMessageType, EmailVerificationMessageType and
// EmailVerificationSubjectType.
constexpr size_t kMostSms = 140;
constexpr size_t kMostMail = 20'000;
constexpr size_t kMostSubject = 140;

base::Result<std::string> Text(const domain::HookMember& member) {
  if (member.value != nullptr && !member.value->is_string()) {
    return domain::error::kHookAnswerUnrecognized.Because(std::string(member.name) +
                                                          " is not a string");
  }
  return std::string(domain::HookText(member));
}

// The number of UTF-8 characters.
size_t Length(std::string_view text) {
  size_t length = 0;
  for (const char c : text) length += (static_cast<unsigned char>(c) & 0xc0) != 0x80 ? 1 : 0;
  return length;
}

base::Status CheckLength(std::string_view member, std::string_view text, size_t most) {
  if (Length(text) <= most) return {};
  return domain::error::kUnsatisfied.Because(
      "the answer of CustomMessage", member,
      "have length less than or equal to " + std::to_string(most));
}

bool HasLink(std::string_view text) {
  const size_t begin = text.find("{##");
  return begin != std::string_view::npos && text.find("##}", begin) != std::string_view::npos;
}

// An invitation must have both of its places, any other text its one.
base::Status CheckBody(std::string_view member, std::string& text, bool invitation, bool link) {
  if (text.empty()) return {};
  const bool has_code = text.find(kCode) != std::string::npos;
  if (invitation) {
    if (!has_code || text.find(kUsername) == std::string::npos) text.clear();
    return {};
  }
  if (has_code || (link && HasLink(text))) return {};
  return domain::error::kUnsatisfied.Because("the answer of CustomMessage", member,
                                             "satisfy regular expression pattern: "
                                             "[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\s*]*\\{####\\}"
                                             "[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}\\s*]*");
}

domain::HookCall EventOf(const Call& call, const domain::User& user, const MessageCause& cause,
                         std::string_view source) {
  json::object request{{"userAttributes", domain::HookAttributes(user)},
                       {"codeParameter", kCode},
                       {"linkParameter", "{##Click Here##}"},
                       {"usernameParameter", nullptr}};
  if (cause.cause == kInvitation) request["usernameParameter"] = kUsername;
  AddClientMetadata(cause.metadata, request);
  return {
      .trigger = domain::Trigger::kCustomMessage,
      .source = source,
      .username = user.username,
      .client_id = cause.client_id,
      .user_agent = call.user_agent,
      .request = std::move(request),
      .response = {{"smsMessage", nullptr}, {"emailMessage", nullptr}, {"emailSubject", nullptr}}};
}

// The user as the function should see them: with the address to which the message goes, even if it
// still has to be verified.
domain::User Addressee(const domain::User& user, const domain::Channel& channel) {
  domain::User addressee = user;
  addressee.attributes[std::string(channel.attribute())] = channel.destination;
  return addressee;
}

}  // namespace

bool PreparesMessages(const domain::Pool& pool) {
  return domain::HookFunctionOf(pool, domain::Trigger::kCustomMessage) || domain::HasSender(pool);
}

base::Result<domain::CustomMessage> PrepareMessage(const Call& call, const domain::Pool& pool,
                                                   const domain::User& user,
                                                   const domain::Channel& channel,
                                                   const MessageCause& cause) {
  domain::CustomMessage texts;
  if (!PreparesMessages(pool)) return texts;
  const domain::User addressee = Addressee(user, channel);
  const bool is_sent = bool{domain::HookFunctionOf(pool, domain::SenderOf(channel.medium))};
  if (is_sent) {
    texts.for_sender =
        domain::ForSender(addressee, cause.client_id, call.user_agent, cause.metadata);
  }
  if (is_sent || !domain::HookFunctionOf(pool, domain::Trigger::kCustomMessage)) {
    return texts;
  }
  const bool mail = channel.medium == domain::Medium::kEmail;
  const std::string source = "CustomMessage_" + std::string(cause.cause);
  SALLYPORT_ASSIGN(const json::object response,
                   domain::CallHook(call.services, pool, EventOf(call, addressee, cause, source)));
  const bool invitation = cause.cause == kInvitation;
  const domain::CustomMessageAnswer said(response);
  SALLYPORT_ASSIGN(texts.sms, Text(said.sms_message()));
  SALLYPORT_ASSIGN(texts.mail, Text(said.email_message()));
  SALLYPORT_ASSIGN(texts.subject, Text(said.email_subject()));
  if (mail) {
    SALLYPORT_TRY(CheckLength("emailSubject", texts.subject, kMostSubject));
    SALLYPORT_TRY(CheckLength("emailBody", texts.mail, kMostMail));
    SALLYPORT_TRY(
        CheckBody("emailBody", texts.mail, invitation, domain::IsSentAsLink(pool, cause.cause)));
  } else {
    SALLYPORT_TRY(CheckLength("smsMessage", texts.sms, kMostSms));
    SALLYPORT_TRY(CheckBody("smsMessage", texts.sms, invitation, false));
  }
  return texts;
}

}  // namespace sallyport::operations
