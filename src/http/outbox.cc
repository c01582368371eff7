#include "http/outbox.h"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <ctime>
#include <vector>

#include "base/encoding.h"
#include "codec/form.h"
#include "domain/errors.h"
#include "domain/messages/message.h"
#include "http/on_pool.h"

namespace sallyport::http {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr size_t kMostMessages = 200;
constexpr std::string_view kHtml = "text/html; charset=utf-8";

using Messages = base::Result<std::vector<domain::Message>>;

std::string Iso(int64_t millis) {
  const std::time_t seconds = millis / 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

std::string_view State(const domain::Message& message) {
  return message.held ? "held" : "queued";
}

std::string AsJson(const std::vector<domain::Message>& messages) {
  json::array list;
  for (const domain::Message& message : messages) {
    list.push_back({{"id", message.id},
                    {"created", Iso(message.created_millis)},
                    {"state", State(message)},
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

constexpr std::string_view kHead = R"html(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="5"><title>Outbox - Sallyport</title>
<style>
body{font:16px/1.5 system-ui,sans-serif;margin:0 auto;max-width:46rem;padding:2rem 1rem;color:#1b1f24;background:#f6f7f9}
h1{font-size:1.4rem;margin:0}p.note{color:#57606a;margin:.25rem 0 1.5rem}
article{background:#fff;border:1px solid #d8dee4;border-radius:8px;margin:0 0 1rem;padding:1rem 1.25rem}
header{display:flex;justify-content:space-between;gap:1rem;flex-wrap:wrap}
header b{overflow-wrap:anywhere}time,.meta{color:#57606a;font-size:.875rem}
code{font-size:1.5rem;letter-spacing:.15em;display:block;margin:.5rem 0}
iframe{border:0;border-top:1px solid #d8dee4;width:100%;height:7rem;margin-top:.75rem}
pre{white-space:pre-wrap;overflow-wrap:anywhere;border-top:1px solid #d8dee4;margin:.75rem 0 0;padding-top:.75rem;font:inherit}
.error{color:#b42318}
@media(prefers-color-scheme:dark){body{background:#16181d;color:#e6e8eb}article{background:#1f2228;border-color:#363b44}
time,.meta,p.note{color:#9aa4b0}iframe{background:#fff}pre,iframe{border-color:#363b44}.error{color:#ff9a8f}}
</style></head><body><h1>Outbox</h1>
<p class="note">Messages that wait for delivery, or that no mail or SMS service takes. Newest first.</p>
)html";

std::string AsPage(const std::vector<domain::Message>& messages) {
  std::string page(kHead);
  if (messages.empty()) page += "<p>Nothing here. Sign a user up, and its code appears.</p>\n";
  for (const domain::Message& message : messages) {
    page += fmt::format(
        "<article><header><b>{}</b><time>{}</time></header>"
        "<div class=\"meta\">{} &middot; {} &middot; {} &middot; {}</div>",
        base::HtmlEscape(message.destination), Iso(message.created_millis),
        domain::MediumName(message.medium), base::HtmlEscape(message.cause),
        base::HtmlEscape(message.username), State(message));
    if (!message.last_error.empty()) {
      page += fmt::format("<div class=\"error\">{}</div>", base::HtmlEscape(message.last_error));
    }
    if (!message.code.empty())
      page += fmt::format("<code>{}</code>", base::HtmlEscape(message.code));
    if (message.medium == domain::Medium::kEmail) {
      page += fmt::format("<div>{}</div><iframe sandbox title=\"message\" srcdoc=\"{}\"></iframe>",
                          base::HtmlEscape(message.subject), base::HtmlEscape(message.body));
    } else {
      page += fmt::format("<pre>{}</pre>", base::HtmlEscape(message.body));
    }
    page += "</article>\n";
  }
  page += "</body></html>\n";
  return page;
}

Response Rendered(const std::vector<domain::Message>& messages, bool as_page) {
  Response response{.status = 200,
                    .content_type = as_page ? kHtml : kJson,
                    .headers =
                        "Cache-Control: no-store\r\n"
                        "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; "
                        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"
                        "X-Content-Type-Options: nosniff\r\n"
                        "Referrer-Policy: no-referrer\r\n",
                    .body = as_page ? AsPage(messages) : AsJson(messages)};
  return response;
}

Messages Read(const Backends& backends, std::string_view to) {
  try {
    return domain::ListMessages(backends.services.store, backends.services.vault, kMostMessages,
                                to);
  } catch (const std::exception& error) {
    return base::InternalError(error.what());
  }
}

}  // namespace

asio::awaitable<Response> Outbox(const Backends& backends, const Request& request) {
  const auto query = codec::Form::Parse("application/x-www-form-urlencoded", Query(request));
  if (!query) co_return JsonError(400, domain::error::kQueryNotForm());
  const auto read =
      co_await OnPool<Messages>(backends.quick, [&] { return Read(backends, query->Get("to")); });
  if (!read) co_return JsonError(429, domain::error::kRateExceeded());
  if (!*read) co_return JsonError(500, base::InternalError({}));
  const bool as_page = Header(request, "Accept").find("text/html") != std::string_view::npos;
  co_return Rendered(**read, as_page);
}

}  // namespace sallyport::http
