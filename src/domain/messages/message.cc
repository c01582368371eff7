#include "domain/messages/message.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "domain/limits/room.h"
#include "domain/records/json.h"
#include "domain/records/page.h"
#include "domain/records/record.h"
#include "domain/services.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

// How many held messages may be deleted to make room for one, since a large message takes as much
// room as many small ones.
constexpr size_t kMessagesForOne = 256;

constexpr WordTable<Medium, 2> kMediumWords{{{"EMAIL", Medium::kEmail}, {"SMS", Medium::kSms}}};
constexpr std::string_view kSinceMember = "Since";
constexpr auto kMessageHead = RecordOf<Message>(
    Member("Id", &Message::id), Member("PoolId", &Message::pool_id),
    Member("Username", &Message::username), Word("Medium", &Message::medium, kMediumWords),
    Member("Destination", &Message::destination), Member("Cause", &Message::cause));
constexpr auto kMessageTail = RecordOf<Message>(
    Member("From", &Message::from), Member("ReplyTo", &Message::reply_to),
    Member("Created", &Message::created_millis),
    // For records of older versions the watched time begins at the time of day.
    MemberOr(kSinceMember, &Message::since_millis, "Created"), Member("Due", &Message::due_millis),
    Member("Attempts", &Message::attempts), Member("LastError", &Message::last_error),
    Member("Held", &Message::held), Sparse("ByAnybody", &Message::by_anybody));
// The part that is sealed.
constexpr auto kMessageContent =
    RecordOf<Message>(Member("Subject", &Message::subject), Member("Body", &Message::body),
                      Member("Code", &Message::code), Sparse("ForSender", &Message::for_sender));

// A record as it is stored, without the sealed part.
struct StoredMessage {
  Message message;
  std::string content;                  // sealed
  std::optional<int64_t> serves_until;  // for messages that are by_anybody
};
constexpr std::string_view kServesUntilMember = "ServesUntil";
constexpr auto kMessageRecord = RecordOf<StoredMessage>(
    Inline(&StoredMessage::message, kMessageHead), Member("Content", &StoredMessage::content),
    Inline(&StoredMessage::message, kMessageTail),
    Sparse(kServesUntilMember, &StoredMessage::serves_until));

base::Result<StoredMessage> ReadStored(std::string_view key, std::string_view bytes) {
  constexpr int64_t kGreatestMillis = 86'400'000;
  SALLYPORT_ASSIGN(const json::object record, ParseRecord(key, bytes));
  StoredMessage stored = kMessageRecord.Read(record);
  // Records of older versions do not have it, and their index row has the time of creation.
  if (!stored.serves_until) stored.serves_until = stored.message.created_millis + kGreatestMillis;
  if (stored.message.by_anybody) stored.message.serves_until_millis = *stored.serves_until;
  return stored;
}

std::vector<store::IndexRow> RowsOfMessage(const Message& message) {
  std::vector<store::IndexRow> rows{
      message.held ? store::IndexRow{std::string(kMessagesHeld), HeldSort(message.since_millis)}
                   : store::IndexRow{std::string(kMessagesDue), DueSort(message.due_millis)}};
  if (message.by_anybody) {
    const auto kind = message.held ? Leftover::kHeldMessages : Leftover::kWaitingMessages;
    rows.push_back({std::string(LeftoverIndex(kind)), SortableMillis(message.serves_until_millis)});
  }
  return rows;
}

// Whether the message is for `to`, in lower case. Nothing is unsealed.
base::Result<bool> IsTo(const store::ListItem& item, std::string_view to) {
  if (to.empty()) return true;
  SALLYPORT_ASSIGN(const StoredMessage stored, ReadStored(item.key, item.value));
  return base::LowerCase(stored.message.destination) == to ||
         base::LowerCase(stored.message.username) == to;
}

}  // namespace

std::string_view MediumName(Medium medium) {
  return medium == Medium::kEmail ? "EMAIL" : "SMS";
}

std::string MessageKey(std::string_view id) {
  return "message/" + std::string(id);
}

std::string DueSort(int64_t due_millis) {
  return SortableMillis(due_millis);
}

std::string HeldSort(int64_t since_millis) {
  constexpr int64_t kAfterAllTimes = 9'999'999'999'999'999;
  return SortableMillis(kAfterAllTimes - since_millis);
}

base::Status PutMessage(store::Tx& tx, const Vault& vault, const Message& message) {
  const std::string key = MessageKey(message.id);
  StoredMessage stored{.message = message,
                       .content = vault.Seal(key, json::serialize(kMessageContent.Write(message))),
                       .serves_until = {}};
  if (message.by_anybody) stored.serves_until = message.serves_until_millis;
  return tx.Put(key, json::serialize(kMessageRecord.Write(stored)), RowsOfMessage(message));
}

base::Status PutAgain(store::Tx& tx, const Vault& vault, Message message) {
  const std::string key = MessageKey(message.id);
  SALLYPORT_ASSIGN(const std::optional<std::string> bytes, tx.Get(key));
  if (bytes && message.by_anybody) {
    SALLYPORT_ASSIGN(const StoredMessage stored, ReadStored(key, *bytes));
    message.serves_until_millis = std::min(message.serves_until_millis, *stored.serves_until);
  }
  return PutMessage(tx, vault, message);
}

base::Status QueueMessage(store::Tx& tx, const Services& services, Message message) {
  message.since_millis = message.due_millis = services.clock.watched().millis();
  return PutMessage(tx, services.vault, message);
}

base::Status EndServing(store::Tx& tx, std::string_view id) {
  const std::string key = MessageKey(id);
  SALLYPORT_ASSIGN(const std::optional<std::string> bytes, tx.Get(key));
  if (!bytes) return {};
  SALLYPORT_ASSIGN(json::object record, ParseRecord(key, *bytes));
  StoredMessage stored = kMessageRecord.Read(record);
  if (!stored.message.by_anybody) return {};
  stored.message.serves_until_millis = 0;
  // Other members stay as they are: a newer version may have written them.
  record.emplace(kSinceMember, stored.message.since_millis);
  record[kServesUntilMember] = 0;
  return tx.Put(key, json::serialize(record), RowsOfMessage(stored.message));
}

base::Status MakeRoomForMessage(store::Tx& tx, const Services& services, Share share) {
  SALLYPORT_ASSIGN(
      const size_t evicted,
      EvictHeldMessages(tx, services.settings.ceilings, services.clock.watched(), kMessagesForOne));
  if (evicted > 0 && services.ceiling_watch != nullptr) {
    services.ceiling_watch->Met(Leftover::kHeldMessages);
  }
  SALLYPORT_TRY(CheckRoom(tx, services, Leftover::kHeldMessages, share));
  return CheckRoom(tx, services, Leftover::kWaitingMessages, share);
}

base::Result<size_t> EvictHeldMessages(store::Tx& tx, const Ceilings& ceilings,
                                       store::WatchedTime now, size_t limit) {
  const std::string end = SortableMillis(now.millis());
  std::optional<store::ListPosition> after;
  size_t evicted = 0;
  // Messages of an older version whose code is still valid are among the others, and are skipped.
  for (size_t seen = 0; seen < limit; ++seen) {
    SALLYPORT_ASSIGN(const bool room, HasRoom(tx, ceilings, Leftover::kHeldMessages, Share::kHalf));
    if (room) break;
    SALLYPORT_ASSIGN(const std::vector<store::ListItem> oldest,
                     tx.List(LeftoverIndex(Leftover::kHeldMessages), "", after, 1));
    if (oldest.empty() || oldest.front().sort >= end) break;
    const store::ListItem& item = oldest.front();
    after = {item.sort, item.key};
    SALLYPORT_ASSIGN(const StoredMessage stored, ReadStored(item.key, item.value));
    if (*stored.serves_until >= now.millis()) continue;
    SALLYPORT_TRY(tx.Delete(item.key));
    ++evicted;
  }
  return evicted;
}

base::Result<std::vector<Message>> ListMessages(store::Reader& reader, const Vault& vault,
                                                size_t limit, std::string_view to) {
  const std::string wanted_to = base::LowerCase(to);
  std::vector<Message> messages;
  for (const std::string_view index : {kMessagesDue, kMessagesHeld}) {
    std::optional<store::ListPosition> after;
    size_t found = 0;
    for (bool more = true; more && found < limit;) {
      SALLYPORT_ASSIGN(const std::vector<store::ListItem> items,
                       reader.List(index, "", after, limit));
      more = items.size() == limit;
      for (const store::ListItem& item : items) {
        after = {item.sort, item.key};
        SALLYPORT_ASSIGN(const bool wanted, IsTo(item, wanted_to));
        if (!wanted || found == limit) continue;
        SALLYPORT_ASSIGN(Message message, ParseMessage(vault, item.key, item.value));
        messages.push_back(std::move(message));
        ++found;
      }
    }
  }
  std::stable_sort(messages.begin(), messages.end(), [](const Message& a, const Message& b) {
    return a.created_millis > b.created_millis;
  });
  return messages;
}

base::Result<Message> ParseMessage(const Vault& vault, std::string_view key,
                                   std::string_view bytes) {
  SALLYPORT_ASSIGN(StoredMessage stored, ReadStored(key, bytes));
  SALLYPORT_ASSIGN(const std::string plain, vault.Open(key, stored.content));
  SALLYPORT_ASSIGN(const json::object content, ParseRecord(key, plain));
  kMessageContent.ReadInto(content, stored.message);
  return std::move(stored.message);
}

}  // namespace sallyport::domain
