#include "domain/messages/message_template.h"

#include <algorithm>
#include <utility>

#include "base/encoding.h"
#include "base/random.h"
#include "base/utf8.h"

namespace sallyport::domain {

namespace {

constexpr std::string_view kPlaceholder = "{####}";
constexpr std::string_view kLinkBegin = "{##";
constexpr std::string_view kLinkEnd = "##}";
constexpr std::string_view kUsernamePlaceholder = "{username}";
constexpr size_t kShownDigits = 4;

// AWS's own texts.
constexpr std::string_view kSubject = "Your verification code";
constexpr std::string_view kCodeText = "Your confirmation code is {####}";
constexpr std::string_view kResetText = "Your password reset code is {####}";
constexpr std::string_view kLinkSubject = "Your verification link";
constexpr std::string_view kLinkText =
    "Please click the link below to verify your email address. {##Verify Email##} ";
constexpr std::string_view kInviteSubject = "Your temporary password";
constexpr std::string_view kInviteText =
    "Your username is {username} and temporary password is {####}.";

// For a mail header: a line break would begin another header.
std::string OneLine(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return line;
}

// Escapes everything except the unreserved characters of RFC 3986, section 2.3.
std::string PercentEncoded(std::string_view text) {
  constexpr std::string_view kUnreserved =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if (kUnreserved.find(c) != std::string_view::npos) {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kHex[byte >> 4];
    encoded += kHex[byte & 15];
  }
  return encoded;
}

// The first text that is not empty.
std::string_view FirstText(std::initializer_list<std::string_view> texts) {
  for (const std::string_view text : texts) {
    if (!text.empty()) return text;
  }
  return {};
}

// What replaces the places in a template.
struct Values {
  std::string_view secret;
  std::string_view username;
  std::string_view link;  // empty: links are left unchanged
};

// Works in one pass, so text that was inserted is not searched for places.
std::string Filled(std::string_view text, Medium medium, const Values& values) {
  const auto shown = [medium](std::string_view value) {
    return medium == Medium::kEmail ? base::HtmlEscape(value) : OneLine(value);
  };
  std::string filled;
  while (!text.empty()) {
    size_t length = 1;
    if (text.starts_with(kPlaceholder)) {
      filled += shown(values.secret);
      length = kPlaceholder.size();
    } else if (text.starts_with(kUsernamePlaceholder)) {
      filled += shown(values.username);
      length = kUsernamePlaceholder.size();
    } else if (size_t end = text.find(kLinkEnd, kLinkBegin.size()); !values.link.empty() &&
                                                                    text.starts_with(kLinkBegin) &&
                                                                    end != std::string_view::npos) {
      filled += "<a href=\"" + base::HtmlEscape(values.link) + "\">";
      filled += text.substr(kLinkBegin.size(), end - kLinkBegin.size());
      filled += "</a>";
      length = end + kLinkEnd.size();
    } else {
      filled += text[0];
    }
    text.remove_prefix(length);
  }
  return filled;
}

Message Addressed(const Pool& pool, const User& user, const Channel& channel,
                  const CodeMessage& content, int64_t now_millis) {
  Message message;
  message.id = base::RandomUuid();
  message.pool_id = pool.id;
  message.username = user.username;
  message.medium = channel.medium;
  message.destination = OneLine(channel.destination);
  message.cause = content.cause;
  message.code = content.code;
  message.for_sender = content.custom.for_sender;
  message.created_millis = now_millis;
  if (channel.medium == Medium::kEmail) {
    message.from = OneLine(pool.settings.mail_from);
    message.reply_to = OneLine(pool.settings.mail_reply_to);
  }
  return message;
}

std::string ConfirmationLink(const Settings& settings, const User& user,
                             const CodeMessage& content) {
  return settings.public_url + "/confirmUser?client_id=" + PercentEncoded(content.client_id) +
         "&user_name=" + PercentEncoded(user.username) +
         "&confirmation_code=" + PercentEncoded(content.code);
}

}  // namespace

bool IsSentAsLink(const Pool& pool, std::string_view cause) {
  return (cause == "SignUp" || cause == "ResendCode") &&
         pool.settings.verification.form == VerificationForm::kLink;
}

Message MakeCodeMessage(const Settings& settings, const Pool& pool, const User& user,
                        const Channel& channel, const CodeMessage& content, int64_t now_millis) {
  const VerificationTexts& texts = pool.settings.verification;
  const std::string_view own_text = content.cause == "ForgotPassword" ? kResetText : kCodeText;
  Message message = Addressed(pool, user, channel, content, now_millis);
  Values values{content.code, user.username, {}};
  if (channel.medium == Medium::kSms) {
    message.body =
        Filled(FirstText({content.custom.sms, texts.sms, own_text}), channel.medium, values);
    return message;
  }
  if (IsSentAsLink(pool, content.cause)) {
    const std::string link = ConfirmationLink(settings, user, content);
    values.link = link;
    message.subject =
        OneLine(FirstText({content.custom.subject, texts.email_subject_by_link, kLinkSubject}));
    message.body = Filled(FirstText({content.custom.mail, texts.email_by_link, kLinkText}),
                          channel.medium, values);
    return message;
  }
  message.subject = OneLine(FirstText({content.custom.subject, texts.email_subject, kSubject}));
  message.body =
      Filled(FirstText({content.custom.mail, texts.email, own_text}), channel.medium, values);
  return message;
}

std::optional<Message> MakeInvitation(const Pool& pool, const User& user, const Channel& channel,
                                      const CodeMessage& content, int64_t now_millis) {
  const InvitationTexts& texts = pool.settings.invitation;
  const bool mail = channel.medium == Medium::kEmail;
  const std::string_view text = FirstText({mail ? content.custom.mail : content.custom.sms,
                                           mail ? texts.email : texts.sms, kInviteText});
  if (text.find(kPlaceholder) == std::string_view::npos) return std::nullopt;
  // Users whose username is their address know themselves by the address.
  const bool by_address = user.username == user.sub;
  const std::string_view name = by_address ? channel.destination : user.username;
  Message message = Addressed(pool, user, channel, content, now_millis);
  message.body = Filled(text, channel.medium, {content.code, name, {}});
  if (mail) {
    message.subject =
        OneLine(FirstText({content.custom.subject, texts.email_subject, kInviteSubject}));
  }
  return message;
}

std::string MaskedDestination(const Channel& channel) {
  const std::string_view text = channel.destination;
  if (channel.medium == Medium::kSms) {
    return "+*******" + std::string(text.substr(text.size() - std::min(text.size(), kShownDigits)));
  }
  const auto first = [](std::string_view part) {
    return part.substr(0, part.empty() ? 0 : base::DecodeUtf8(part, 0).size);
  };
  const size_t at = std::min(text.rfind('@'), text.size());
  const std::string_view domain = text.substr(std::min(at + 1, text.size()));
  return std::string(first(text.substr(0, at))) + "***@" + std::string(first(domain)) + "***";
}

}  // namespace sallyport::domain
