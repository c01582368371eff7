#include "own_api/outbox.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "own_api/embedded.h"
#include "own_api/endpoint.h"
#include "pages/page.h"

namespace sallyport::own_api {
namespace {

namespace json = boost::json;

constexpr size_t kMostMessages = 200;

std::string_view StateOf(const domain::Message& message) {
  return message.held ? "held" : "queued";
}

std::string AsJson(const std::vector<domain::Message>& messages) {
  json::array list;
  for (const domain::Message& message : messages) {
    list.push_back({{"id", message.id},
                    {"created", IsoTime(message.created_millis)},
                    {"state", StateOf(message)},
                    {"medium", domain::MediumName(message.medium)},
                    {"destination", message.destination},
                    {"pool", message.pool_id},
                    {"username", message.username},
                    {"cause", message.cause},
                    {"subject", message.subject},
                    {"body", message.body},
                    {"code", message.code},
                    {"attempts", message.attempts},
                    {"error", message.last_error}});
  }
  return json::serialize(json::object{{"messages", std::move(list)}});
}

void ShowMessage(const domain::Message& message, pages::Values shown) {
  shown.Set("DESTINATION", message.destination);
  shown.Set("CREATED", IsoTime(message.created_millis));
  shown.Set("MEDIUM", domain::MediumName(message.medium));
  shown.Set("CAUSE", message.cause);
  shown.Set("USERNAME", message.username);
  shown.Set("STATE", StateOf(message));
  if (!message.last_error.empty()) shown.Add("ERROR").Set("TEXT", message.last_error);
  if (!message.code.empty()) shown.Add("CODE").Set("TEXT", message.code);
  pages::Values said = shown.Add(message.medium == domain::Medium::kEmail ? "MAIL" : "SMS");
  said.Set("SUBJECT", message.subject);
  said.Set("BODY", message.body);
}

}  // namespace

std::string OutboxPage(const std::vector<domain::Message>& messages) {
  static const pages::PageTemplate page(embedded::kOutboxHtml);
  pages::Values values;
  if (messages.empty()) values.Add("NOTHING");
  for (const domain::Message& message : messages) ShowMessage(message, values.Add("MESSAGE"));
  return page.Fill(values);
}

base::Result<Shown> ShowOutbox(const PageCall& call) {
  SALLYPORT_ASSIGN(const std::vector<domain::Message> messages,
                   domain::ListMessages(call.services.store, call.services.vault, kMostMessages,
                                        call.query.Get("to")));
  if (call.for_browser) return Shown{.body = OutboxPage(messages), .is_html = true};
  return Shown{.body = AsJson(messages)};
}

}  // namespace sallyport::own_api
