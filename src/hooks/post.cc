#include "hooks/post.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error_codes.h"

namespace sallyport::hooks {
namespace {

constexpr long kTooManyRequests = 429;

size_t Receive(char* data, size_t size, size_t count, void* user) {
  std::string& body = *static_cast<std::string*>(user);
  // Returning another number than this ends the call with CURLE_WRITE_ERROR.
  if (body.size() + size * count > kGreatestAnswer) return 0;
  body.append(data, size * count);
  return size * count;
}

std::string HeaderOf(CURL* curl, const char* name) {
  curl_header* header = nullptr;
  if (curl_easy_header(curl, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK) return {};
  return header->value;
}

// The code becomes part of an error's text, so it may have letters only; otherwise it is dropped.
std::string CodeOf(std::string text) {
  text = text.substr(0, text.find(':'));
  constexpr size_t kLongest = 64;
  const bool plain = text.size() <= kLongest && std::all_of(text.begin(), text.end(), [](char c) {
                       return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
                     });
  return plain ? text : std::string();
}

HookAttempt Failure(CURLcode code) {
  const std::string cause = curl_easy_strerror(code);
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return {TimedOut(cause), true};
    case CURLE_WRITE_ERROR:
      return {TooLarge(), false};
    case CURLE_ABORTED_BY_CALLBACK:
      return {NotCalled(base::code::kService, "the server stops"), false};
    case CURLE_PEER_FAILED_VERIFICATION:
      return {Undelivered(NotCalled(base::code::kService, cause)), false};
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
      return {Undelivered(NotCalled(base::code::kService, cause)), true};
    default:
      return {NotCalled(base::code::kService, cause), true};
  }
}

}  // namespace

PostAnswer Send(outgoing::Handles& handles, const Post& post, const std::string& event,
                const std::atomic<bool>& stop) {
  const outgoing::Handles::Lease lease = handles.Take();
  CURL* const curl = lease.get();
  PostAnswer answer;
  outgoing::CurlList headers(nullptr, curl_slist_free_all);
  outgoing::Append(headers, "Content-Type: application/json");
  outgoing::SetPost(curl, post.url, event);
  curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(post.millis));
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(post.millis));
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, Receive);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
  outgoing::EndWith(curl, stop);
  post.prepare(curl, headers);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  const CURLcode code = curl_easy_perform(curl);
  if (code != CURLE_OK) {
    answer.failed = true;
    answer.failure = Failure(code);
    return answer;
  }
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
  answer.function_error = HeaderOf(curl, "X-Amz-Function-Error");
  answer.error_code = CodeOf(HeaderOf(curl, "x-amzn-ErrorType"));
  return answer;
}

HookAttempt Refused(const PostAnswer& answer) {
  const bool throttled = answer.status == kTooManyRequests;
  std::string code = answer.error_code;
  if (code.empty()) {
    switch (answer.status) {
      case 401:
      case 403:
        code = base::code::kAccessDenied;
        break;
      case 404:
        code = base::code::kResourceNotFound;
        break;
      default:
        code = throttled ? base::code::kTooManyRequests : base::code::kService;
    }
  }
  return {NotCalled(code, fmt::format("HTTP {}", answer.status)),
          throttled || answer.status >= 500};
}

}  // namespace sallyport::hooks
