#include "http/confirm_user.h"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <exception>
#include <utility>

#include "base/error_codes.h"
#include "codec/form.h"
#include "domain/clients/client.h"
#include "domain/clients/secret_hash.h"
#include "domain/hooks/hook.h"
#include "http/embedded.h"
#include "http/exchange.h"
#include "http/on_pool.h"
#include "pages/page.h"
#include "store/store.h"

namespace sallyport::http {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr std::string_view kOperation = "ConfirmSignUp";

Response Shown(int status, std::string_view text) {
  static const pages::PageTemplate page(embedded::kConfirmationHtml);
  pages::Values values;
  values.Set("TEXT", text);
  return {.status = status,
          .content_type = kHtml,
          .headers =
              "Cache-Control: no-store\r\n"
              "Content-Security-Policy: default-src 'none'; base-uri 'none'; form-action 'none'; "
              "frame-ancestors 'none'\r\n"
              "X-Content-Type-Options: nosniff\r\n"
              "Referrer-Policy: no-referrer\r\n",
          .body = page.Fill(values)};
}

Response ShownOutcome(const operations::Answer& answer) {
  if (answer.status == 200) return Shown(200, "Your registration has been confirmed!");
  // An error of PostConfirmation, which is called after the confirmation was committed.
  if (domain::IsHookError({answer.error_code, "", ""})) {
    return Shown(500,
                 "Your registration has been confirmed, but a step that follows it has failed.");
  }
  if (store::IsDiskFull({answer.error_code, "", ""})) {
    return Shown(503, "Nothing can be confirmed at the moment. Please try again later.");
  }
  if (answer.status >= 500) return Shown(500, "Something went wrong. Please try again.");
  if (answer.error_code == base::code::kLimitExceeded) {
    return Shown(400, "Too many attempts. Please try again after some time.");
  }
  if (answer.error_code == base::code::kTooManyRequests) {
    return Shown(429, "Too many requests. Please try again.");
  }
  // The same text for all other errors, so that a link reveals to nobody who is registered.
  return Shown(400, "This link is invalid or has expired, or was used before.");
}

// Makes ConfirmSignUp's input.
std::string InputOf(const domain::Services& services, const codec::Form& query) {
  const std::string_view client_id = query.Get("client_id");
  const std::string_view username = query.Get("user_name");
  json::object input{{"ClientId", client_id},
                     {"Username", username},
                     {"ConfirmationCode", query.Get("confirmation_code")}};
  const auto client = domain::GetClient(services, client_id);
  if (client && !(*client)->secrets.empty()) {
    const auto secret = domain::OpenSecret(services.vault, (*client)->secrets.front());
    // Without this, the operation refuses the call.
    if (secret) {
      input["SecretHash"] = domain::SecretHash(secret->Reveal(), username, client_id);
    }
  }
  return json::serialize(input);
}

operations::Answer Confirm(const Backends& backends, const codec::Form& query, const Peer& peer,
                           const std::string& request_id) {
  operations::Answer answer(store::Wait::NothingRevoked());
  try {
    const std::string body = InputOf(backends.services, query);
    operations::Request call;
    call.target = "AWSCognitoIdentityProviderService.ConfirmSignUp";
    call.body = body;
    call.request_id = request_id;
    call.source_ip = peer.address;
    const auto prepared = backends.dispatcher.Prepare(std::move(call), &answer);
    return prepared ? backends.dispatcher.Run(*prepared) : answer;
  } catch (const std::exception& error) {
    answer.status = 500;
    answer.error_code = base::code::kInternalError;
    answer.cause = error.what();
    return answer;
  }
}

}  // namespace

asio::awaitable<Response> ConfirmUser(const Backends& backends, const Request& request,
                                      const Peer& peer, const std::string& request_id) {
  // Not HEAD either: whoever sends it wants to know about the link, and must not use the code up.
  if (request.method() != boost::beast::http::verb::get) {
    Response refusal = Shown(405, "Method Not Allowed");
    refusal.AddHeader("Allow", "GET");
    co_return refusal;
  }
  const auto query = codec::Form::Parse("application/x-www-form-urlencoded", Query(request));
  if (!query) co_return Shown(400, "This link is invalid or has expired, or was used before.");
  Exchange exchange(backends, peer, request_id);
  const auto answer = co_await OnPool<operations::Answer>(
      backends.quick, [&] { return Confirm(backends, *query, peer, request_id); });
  if (!answer) co_return Shown(429, "Too many requests. Please try again.");
  Response response = ShownOutcome(*answer);
  exchange.Finish(kOperation, answer->error_code, answer->cause, response);
  co_return response;
}

}  // namespace sallyport::http
