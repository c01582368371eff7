// Makes messages from the pool's templates: VerificationMessageTemplate, the older members
// EmailVerificationMessage, EmailVerificationSubject and SmsVerificationMessage, and
// AdminCreateUserConfig.InviteMessageTemplate. Where the pool has none, from AWS's texts.
//
// {####} is replaced by the code or password, {username} by the username, and {##text##} by a link.
// In a mail, which is HTML, text that a user chose is escaped. Subjects and addresses have no line
// breaks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/messages/message.h"
#include "domain/pools/pool.h"
#include "domain/services.h"
#include "domain/users/user.h"

namespace sallyport::domain {

// Where a message goes: an attribute of the user, and the value that it has or will have.
struct Channel {
  Medium medium = Medium::kEmail;
  std::string destination;

  std::string_view attribute() const { return medium == Medium::kSms ? "phone_number" : "email"; }
};

// What the pool's functions have changed in a message; all empty where there are none.
struct CustomMessage {
  // Templates that CustomMessage gave in place of the pool's; empty: the pool's own.
  std::string sms;
  std::string mail;
  std::string subject;  // of a mail
  // Message::for_sender
  std::string for_sender;
};

struct CodeMessage {
  std::string_view cause;      // Message::cause
  std::string_view client_id;  // the client of the call; a confirmation link names it
  std::string_view code;       // the code, or the temporary password
  CustomMessage custom = {};
};

// Whether a mail of that cause has a link in place of a code: "SignUp" and "ResendCode", where
// DefaultEmailOption is CONFIRM_WITH_LINK.
bool IsSentAsLink(const Pool& pool, std::string_view cause);

// A mail or SMS with a code, or with the link
// {public_url}/confirmUser?client_id=&user_name=&confirmation_code= (IsSentAsLink). It has to be
// queued by the commit that issues the code.
Message MakeCodeMessage(const Settings& settings, const Pool& pool, const User& user,
                        const Channel& channel, const CodeMessage& content, int64_t now_millis);

// The invitation of a user whom an administrator created. nullopt where the pool's template has no
// {####}: AWS does not send such an invitation.
std::optional<Message> MakeInvitation(const Pool& pool, const User& user, const Channel& channel,
                                      const CodeMessage& content, int64_t now_millis);

// The destination as CodeDeliveryDetails shows it, for example "a***@e***" or "+*******1234".
std::string MaskedDestination(const Channel& channel);

}  // namespace sallyport::domain
