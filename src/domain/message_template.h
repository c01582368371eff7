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

#include "domain/message.h"
#include "domain/pool.h"
#include "domain/services.h"
#include "domain/user.h"

namespace sallyport::domain {

// Where a message goes: an attribute of the user, and the value that it has or is to have.
struct Channel {
  Medium medium = Medium::kEmail;
  std::string destination;

  std::string_view attribute() const { return medium == Medium::kSms ? "phone_number" : "email"; }
};

struct CodeMessage {
  std::string_view cause;      // Message::cause
  std::string_view client_id;  // of the call; a confirmation link names it
  std::string_view code;
};

// A mail or SMS with a code, to be queued by the commit that issues the code. Where
// DefaultEmailOption is CONFIRM_WITH_LINK, a mail for "SignUp" or "ResendCode" has a link instead:
// {public_url}/confirmUser?client_id=&user_name=&confirmation_code=
Message MakeCodeMessage(const Settings& settings, const Pool& pool, const User& user,
                        const Channel& channel, const CodeMessage& content, int64_t now_millis);

// The invitation of a user that an administrator made. nullopt where the pool's template has no
// {####}: AWS does not deliver it then.
std::optional<Message> MakeInvitation(const Pool& pool, const User& user, const Channel& channel,
                                      std::string_view password, int64_t now_millis);

// The destination as CodeDeliveryDetails shows it: "a***@e***", "+*******1234".
std::string MaskedDestination(const Channel& channel);

}  // namespace sallyport::domain
