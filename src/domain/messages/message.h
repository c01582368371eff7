// Message: a mail or an SMS to a user, from the commit that causes it until it is delivered.
//
// Record "message/{id}". The contents are sealed, since they have codes and temporary passwords in
// them. The message is queued by the commit of the operation that causes it, so it is sent exactly
// if the operation succeeded. The layer `delivery` sends it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "domain/keys/vault.h"
#include "domain/limits/ceilings.h"
#include "store/forgetting.h"

namespace sallyport::store {
class Reader;
class Tx;
}  // namespace sallyport::store

namespace sallyport::domain {

struct Services;

enum class Medium { kEmail, kSms };

// The words of DeliveryMediumType.
std::string_view MediumName(Medium medium);

struct Message {
  std::string id;  // UUID
  std::string pool_id;
  std::string username;  // the user whom it is about; the destination may change
  Medium medium = Medium::kEmail;
  std::string destination;  // e-mail address or phone number
  // triggerSource of the CustomMessage event without its prefix: "SignUp", "ResendCode",
  // "ForgotPassword", "AdminCreateUser", "UpdateUserAttribute", "VerifyUserAttribute",
  // "Authentication".
  std::string cause;
  std::string subject;  // only of a mail
  std::string body;     // HTML for a mail (Cognito's templates are HTML), plain text for an SMS
  std::string code;     // the code that is in the body, for the outbox
  // Where the pool has functions that send its messages (custom_sender.h): what such a function is
  // told beside the code, as JSON. Empty: the server's own transports send it.
  std::string for_sender;
  // From the pool's EmailConfiguration, where it sets them.
  std::string from;
  std::string reply_to;

  int64_t created_millis = 0;  // wall clock, for display only
  // By the watched time, so that no change of the wall clock delays or deletes the message: since
  // when it exists, and when delivery is to be tried next.
  int64_t since_millis = 0;
  int64_t due_millis = 0;
  int attempts = 0;
  std::string last_error;
  // No transport will send it: none is configured, or it failed for good. The outbox shows it.
  bool held = false;
  // Caused by a call without credentials, so it counts as a Leftover (ceilings.h).
  bool by_anybody = false;
  // Where it is by_anybody: until when its code can be valid, by the watched time. The outbox may
  // be the only place where the code can be read, so the message is not deleted before then.
  int64_t serves_until_millis = 0;
};

// Messages that are to be delivered, in the order in which they are due.
inline constexpr std::string_view kMessagesDue = "messages-due";
std::string DueSort(int64_t due_millis);
// Messages that only the outbox shows, the newest first.
inline constexpr std::string_view kMessagesHeld = "messages-held";
std::string HeldSort(int64_t since_millis);

// Called within a commit that queues a message which is by_anybody, or that would queue one if the
// name had a user. Makes room, if necessary by deleting held messages whose code is no longer
// valid. TooManyRequestsException where all of their codes are still valid: then no code must be
// made, since nobody could read it. `share` is the part of each ceiling that this message may use.
// A stranger's sign-up may use half, so that sign-ups, however many, cannot keep users from
// recovering their accounts.
base::Status MakeRoomForMessage(store::Tx& tx, const Services& services, Share share);
// Called within a commit: deletes held messages that are by_anybody and whose code is no longer
// valid, while half of their ceiling (the share of sign-ups) is reached, at most `limit`. Gives how
// many.
base::Result<size_t> EvictHeldMessages(store::Tx& tx, const Ceilings& ceilings,
                                       store::WatchedTime now, size_t limit);
// Called within a commit: the code of the message was used, replaced or cancelled. It is no error
// if the message does not exist any more.
base::Status EndServing(store::Tx& tx, std::string_view id);

// Called within the commit that causes the message: queues it for delivery.
base::Status QueueMessage(store::Tx& tx, const Services& services, Message message);

std::string MessageKey(std::string_view id);
// The messages that wait for delivery and those that are held, the newest first, at most `limit` of
// each. `to`: only messages to that destination or user, in any letter case, however many others
// there are; empty: all.
base::Result<std::vector<Message>> ListMessages(store::Reader& reader, const Vault& vault,
                                                size_t limit, std::string_view to = {});

base::Status PutMessage(store::Tx& tx, const Vault& vault, const Message& message);
// Writes back a message that was read before this commit. If EndServing was called for it since
// then, that still holds; otherwise, and where it is earlier, what `message` says does.
base::Status PutAgain(store::Tx& tx, const Vault& vault, Message message);
base::Result<Message> ParseMessage(const Vault& vault, std::string_view key,
                                   std::string_view bytes);

}  // namespace sallyport::domain
