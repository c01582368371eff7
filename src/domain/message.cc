#include "domain/message.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "domain/ceilings.h"
#include "domain/json.h"
#include "domain/page.h"
#include "store/store.h"

namespace sallyport::domain {

namespace json = boost::json;

namespace {

// Whether it is to `to`; nothing is unsealed.
base::Result<bool> IsTo(const store::ListItem& item, std::string_view to) {
  if (to.empty()) return true;
  SALLYPORT_ASSIGN(const json::object record, ParseRecord(item.key, item.value));
  return StringMember(record, "Destination") == to || StringMember(record, "Username") == to;
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

std::string HeldSort(int64_t created_millis) {
  constexpr int64_t kAfterAllTimes = 9'999'999'999'999'999;
  return SortableMillis(kAfterAllTimes - created_millis);
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
                      {"Due", message.due_millis},
                      {"Attempts", message.attempts},
                      {"LastError", message.last_error},
                      {"Held", message.held}};
  if (message.by_anybody) record["ByAnybody"] = true;
  std::vector<store::IndexRow> rows{
      message.held ? store::IndexRow{std::string(kMessagesHeld), HeldSort(message.created_millis)}
                   : store::IndexRow{std::string(kMessagesDue), DueSort(message.due_millis)}};
  if (message.by_anybody) {
    const auto kind = message.held ? Leftover::kHeldMessages : Leftover::kWaitingMessages;
    rows.push_back({std::string(LeftoverIndex(kind)), SortableMillis(message.created_millis)});
  }
  return tx.Put(key, json::serialize(record), rows);
}

base::Result<size_t> EvictHeldMessages(store::Tx& tx, const Ceilings& ceilings, size_t limit) {
  for (size_t evicted = 0; evicted < limit; ++evicted) {
    SALLYPORT_ASSIGN(const bool room, HasRoom(tx, ceilings, Leftover::kHeldMessages));
    if (room) return evicted;
    SALLYPORT_ASSIGN(const std::vector<store::ListItem> oldest,
                     tx.List(LeftoverIndex(Leftover::kHeldMessages), "", std::nullopt, 1));
    if (oldest.empty()) return evicted;
    SALLYPORT_TRY(tx.Delete(oldest.front().key));
  }
  return limit;
}

base::Result<std::vector<Message>> ListMessages(store::Reader& reader, const Vault& vault,
                                                size_t limit, std::string_view to) {
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
        SALLYPORT_ASSIGN(const bool wanted, IsTo(item, to));
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
  message.due_millis = IntMember(record, "Due");
  message.attempts = static_cast<int>(IntMember(record, "Attempts"));
  message.last_error = StringMember(record, "LastError");
  message.held = BoolMember(record, "Held");
  message.by_anybody = BoolMember(record, "ByAnybody");
  return message;
}

}  // namespace sallyport::domain
