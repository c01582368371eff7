// Message: a mail or an SMS to a user, from the commit that causes it until it is delivered.
//
// Record "message/{id}". What it says is sealed: it carries codes and temporary passwords. Queued
// by an operation's commit, so that it is sent exactly if its cause was written; what takes it from
// there is the delivery's.
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

// DeliveryMediumType's words.
std::string_view MediumName(Medium medium);

struct Message {
  std::string id;  // UUID
  std::string pool_id;
  std::string username;  // whom it is about; destinations change
  Medium medium = Medium::kEmail;
  std::string destination;  // e-mail address or phone number
  // CustomMessage trigger sources without the prefix: "SignUp", "ResendCode", "ForgotPassword",
  // "AdminCreateUser", "UpdateUserAttribute", "VerifyUserAttribute", "Authentication".
  std::string cause;
  std::string subject;  // of a mail
  std::string body;     // HTML of a mail (Cognito's templates are HTML), text of an SMS
  std::string code;     // that the body carries; for the outbox
  // Where the pool has functions that send its messages (custom_sender.h): what they are told
  // beside the code, as JSON. Empty: the server's transports send it.
  std::string for_sender;
  // The pool's EmailConfiguration, where it has them.
  std::string from;
  std::string reply_to;

  int64_t created_millis = 0;  // time of day, to be shown
  // By the watched time, so that no wall clock delays or deletes it: since when it is there, and
  // when it is to be tried next.
  int64_t since_millis = 0;
  int64_t due_millis = 0;
  int attempts = 0;
  std::string last_error;
  // No transport takes it any more (none is configured, or it failed for good): the outbox shows
  // it.
  bool held = false;
  // Caused by a call without credentials: a Leftover (ceilings.h).
  bool by_anybody = false;
  // Until when its code may serve, by the watched time, where it is by_anybody. The outbox may be
  // the only place where that code can be read, so until then it does not give way.
  int64_t serves_until_millis = 0;
};

// Messages to be tried, in the order in which they are due.
inline constexpr std::string_view kMessagesDue = "messages-due";
std::string DueSort(int64_t due_millis);
// Messages held, the newest first.
inline constexpr std::string_view kMessagesHeld = "messages-held";
std::string HeldSort(int64_t since_millis);

// Within a commit that queues a message that is by_anybody, or would for a name that no user has:
// room for it. If need be in the place of held ones whose code does not serve any more; where every
// code serves, TooManyRequestsException, and no code is made that nobody could read. `share`: of
// each ceiling. A stranger who signs up has the half of it, so that no number of sign-ups keeps
// users from recovering their accounts.
base::Status MakeRoomForMessage(store::Tx& tx, const Services& services, Share share);
// Within a commit: how many of the held ones that are by_anybody were deleted because half of their
// ceiling is reached, which is the share of sign-ups: those whose code does not serve any more, and
// at most `limit`.
base::Result<size_t> EvictHeldMessages(store::Tx& tx, const Ceilings& ceilings,
                                       store::WatchedTime now, size_t limit);
// Within a commit: the message's code is used, replaced or cancelled. No error where the message is
// gone.
base::Status EndServing(store::Tx& tx, std::string_view id);

// Within the commit that causes it: from now on it is to be delivered.
base::Status QueueMessage(store::Tx& tx, const Services& services, Message message);

std::string MessageKey(std::string_view id);
// Those that wait and those that are held, the newest first, at most `limit` of each. `to`: only
// those to that destination or user, in letters of either case, however many others there are;
// empty: all.
base::Result<std::vector<Message>> ListMessages(store::Reader& reader, const Vault& vault,
                                                size_t limit, std::string_view to = {});

base::Status PutMessage(store::Tx& tx, const Vault& vault, const Message& message);
// Of one that was read before this commit: what EndServing has noted since then holds, and what
// `message` says where that ends sooner.
base::Status PutAgain(store::Tx& tx, const Vault& vault, Message message);
base::Result<Message> ParseMessage(const Vault& vault, std::string_view key,
                                   std::string_view bytes);

}  // namespace sallyport::domain
