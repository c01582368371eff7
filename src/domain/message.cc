#include "domain/message.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "domain/json.h"
#include "domain/page.h"
#include "domain/services.h"
#include "domain/text.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

// How many that give way one call deletes: a large message takes as much as many small ones.
constexpr size_t kMessagesForOne = 256;

// By the record's members alone: nothing is unsealed.
std::vector<store::IndexRow> RowsOfMessage(const json::object& record, int64_t serves_until) {
  const bool held = BoolMember(record, "Held");
  std::vector<store::IndexRow> rows{
      held ? store::IndexRow{std::string(kMessagesHeld), HeldSort(IntMember(record, "Since"))}
           : store::IndexRow{std::string(kMessagesDue), DueSort(IntMember(record, "Due"))}};
  if (BoolMember(record, "ByAnybody")) {
    const auto kind = held ? Leftover::kHeldMessages : Leftover::kWaitingMessages;
    rows.push_back({std::string(LeftoverIndex(kind)), SortableMillis(serves_until)});
  }
  return rows;
}

// Whether it is to `to`, in lower case; nothing is unsealed.
base::Result<bool> IsTo(const store::ListItem& item, std::string_view to) {
  if (to.empty()) return true;
  SALLYPORT_ASSIGN(const json::object record, ParseRecord(item.key, item.value));
  return LowerCase(StringMember(record, "Destination")) == to ||
         LowerCase(StringMember(record, "Username")) == to;
}

// An older version's records do not say it, and their row is that of their creation.
int64_t ServesUntil(const json::object& record) {
  constexpr int64_t kGreatestMillis = 86'400'000;
  if (record.contains("ServesUntil")) return IntMember(record, "ServesUntil");
  return IntMember(record, "Created") + kGreatestMillis;
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
  json::object content{
      {"Subject", message.subject}, {"Body", message.body}, {"Code", message.code}};
  if (!message.for_sender.empty()) content["ForSender"] = message.for_sender;
  json::object record{{"Id", message.id},
                      {"PoolId", message.pool_id},
                      {"Username", message.username},
                      {"Medium", MediumName(message.medium)},
                      {"Destination", message.destination},
                      {"Cause", message.cause},
                      {"Content", vault.Seal(key, json::serialize(content))},
                      {"From", message.from},
                      {"ReplyTo", message.reply_to},
                      {"Created", message.created_millis},
                      {"Since", message.since_millis},
                      {"Due", message.due_millis},
                      {"Attempts", message.attempts},
                      {"LastError", message.last_error},
                      {"Held", message.held}};
  if (message.by_anybody) {
    record["ByAnybody"] = true;
    record["ServesUntil"] = message.serves_until_millis;
  }
  return tx.Put(key, json::serialize(record), RowsOfMessage(record, message.serves_until_millis));
}

base::Status PutAgain(store::Tx& tx, const Vault& vault, Message message) {
  const std::string key = MessageKey(message.id);
  SALLYPORT_ASSIGN(const std::optional<std::string> bytes, tx.Get(key));
  if (bytes && message.by_anybody) {
    SALLYPORT_ASSIGN(const json::object record, ParseRecord(key, *bytes));
    message.serves_until_millis = std::min(message.serves_until_millis, ServesUntil(record));
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
  if (!BoolMember(record, "ByAnybody")) return {};
  record["ServesUntil"] = 0;
  if (!record.contains("Since")) record["Since"] = IntMember(record, "Created");
  return tx.Put(key, json::serialize(record), RowsOfMessage(record, 0));
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
  // Those of an older version that still serve stand among the others, and are passed over.
  for (size_t seen = 0; seen < limit; ++seen) {
    SALLYPORT_ASSIGN(const bool room, HasRoom(tx, ceilings, Leftover::kHeldMessages, Share::kHalf));
    if (room) break;
    SALLYPORT_ASSIGN(const std::vector<store::ListItem> oldest,
                     tx.List(LeftoverIndex(Leftover::kHeldMessages), "", after, 1));
    if (oldest.empty() || oldest.front().sort >= end) break;
    const store::ListItem& item = oldest.front();
    after = {item.sort, item.key};
    SALLYPORT_ASSIGN(const json::object record, ParseRecord(item.key, item.value));
    if (ServesUntil(record) >= now.millis()) continue;
    SALLYPORT_TRY(tx.Delete(item.key));
    ++evicted;
  }
  return evicted;
}

base::Result<std::vector<Message>> ListMessages(store::Reader& reader, const Vault& vault,
                                                size_t limit, std::string_view to) {
  const std::string wanted_to = LowerCase(to);
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
  SALLYPORT_ASSIGN(const json::object record, ParseRecord(key, bytes));
  SALLYPORT_ASSIGN(const std::string plain, vault.Open(key, StringMember(record, "Content")));
  SALLYPORT_ASSIGN(const json::object content, ParseRecord(key, plain));
  Message message;
  message.id = StringMember(record, "Id");
  message.pool_id = StringMember(record, "PoolId");
  message.username = StringMember(record, "Username");
  message.medium = StringMember(record, "Medium") == "SMS" ? Medium::kSms : Medium::kEmail;
  message.destination = StringMember(record, "Destination");
  message.cause = StringMember(record, "Cause");
  message.subject = StringMember(content, "Subject");
  message.body = StringMember(content, "Body");
  message.code = StringMember(content, "Code");
  message.for_sender = StringMember(content, "ForSender");
  message.from = StringMember(record, "From");
  message.reply_to = StringMember(record, "ReplyTo");
  message.created_millis = IntMember(record, "Created");
  // An older version's watched time begins where the time of day was.
  message.since_millis = IntMember(record, record.contains("Since") ? "Since" : "Created");
  message.due_millis = IntMember(record, "Due");
  message.attempts = static_cast<int>(IntMember(record, "Attempts"));
  message.last_error = StringMember(record, "LastError");
  message.held = BoolMember(record, "Held");
  message.by_anybody = BoolMember(record, "ByAnybody");
  if (message.by_anybody) message.serves_until_millis = ServesUntil(record);
  return message;
}

}  // namespace sallyport::domain
