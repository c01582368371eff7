// Messages from the pool's templates (VerificationMessageTemplate, the older members
// EmailVerificationMessage, EmailVerificationSubject, SmsVerificationMessage, and
// AdminCreateUserConfig.InviteMessageTemplate), or from AWS's texts where the pool has none.
//
// {####} becomes the code or password, {username} the username, {##text##} a link. In a mail, which
// is HTML, what a user chose is escaped. Subject and addresses have no line breaks.
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

// Where a message goes: an attribute of the user, and the value that it has or is to have.
struct Channel {
  Medium medium = Medium::kEmail;
  std::string destination;

  std::string_view attribute() const { return medium == Medium::kSms ? "phone_number" : "email"; }
};

// What a pool's functions make of a message; all empty without them.
struct CustomMessage {
  // Templates in the place of the pool's, from CustomMessage; empty: the pool's own.
  std::string sms;
  std::string mail;
  std::string subject;  // of the mail
  // Message::for_sender
  std::string for_sender;
};

struct CodeMessage {
  std::string_view cause;      // Message::cause
  std::string_view client_id;  // of the call; a confirmation link names it
  std::string_view code;       // or the temporary password
  CustomMessage custom = {};
};

// Whether a mail for that cause has a link in place of a code: "SignUp" and "ResendCode", where
// DefaultEmailOption is CONFIRM_WITH_LINK.
bool IsSentAsLink(const Pool& pool, std::string_view cause);

// A mail or SMS with a code, to be queued by the commit that issues the code; or with the link
// {public_url}/confirmUser?client_id=&user_name=&confirmation_code= (IsSentAsLink).
Message MakeCodeMessage(const Settings& settings, const Pool& pool, const User& user,
                        const Channel& channel, const CodeMessage& content, int64_t now_millis);

// The invitation of a user that an administrator made. nullopt where the pool's template has no
// {####}: AWS does not deliver it then.
std::optional<Message> MakeInvitation(const Pool& pool, const User& user, const Channel& channel,
                                      const CodeMessage& content, int64_t now_millis);

// The destination as CodeDeliveryDetails shows it: "a***@e***", "+*******1234".
std::string MaskedDestination(const Channel& channel);

}  // namespace sallyport::domain
