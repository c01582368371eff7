#include "delivery/sms.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "outgoing/aws.h"
#include "outgoing/curl.h"

namespace sallyport::delivery {
namespace {

using Kind = Outcome::Kind;

// The body of the service's answer is ignored, because it may repeat the message.
size_t Discard(char*, size_t size, size_t count, void*) {
  return size * count;
}

std::string Escaped(CURL* curl, std::string_view text) {
  char* const escaped = curl_easy_escape(curl, text.data(), static_cast<int>(text.size()));
  std::string result(escaped != nullptr ? escaped : "");
  curl_free(escaped);
  return result;
}

class Sms final : public Transport {
 public:
  explicit Sms(SmsOptions options) : options_(std::move(options)), handles_(options_.ca_file) {}

  Outcome Send(const domain::Message& message) override {
    const outgoing::Handles::Lease lease = handles_.Take();
    CURL* const curl = lease.get();
    outgoing::EndWith(curl, stopped());
    const bool sns = options_.protocol == SmsOptions::Protocol::kSns;
    const std::string body = sns ? SnsBody(curl, message) : JsonBody(message);
    outgoing::CurlList headers(nullptr, curl_slist_free_all);
    outgoing::Append(headers, sns ? "Content-Type: application/x-www-form-urlencoded; charset=utf-8"
                                  : "Content-Type: application/json");
    if (!sns && !options_.secret.empty()) {
      outgoing::Append(headers, fmt::format("Authorization: Bearer {}", options_.secret.Reveal()));
    }
    if (sns) {
      outgoing::SignForAws(curl, headers, options_.region, "sns",
                           {options_.access_key, options_.secret, {}});
    }
    outgoing::SetPost(curl, options_.url, body);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, Discard);
    return Judge(curl, curl_easy_perform(curl));
  }

 private:
  std::string JsonBody(const domain::Message& message) const {
    return boost::json::serialize(boost::json::object{{"id", message.id},
                                                      {"to", message.destination},
                                                      {"message", message.body},
                                                      {"sender", options_.sender}});
  }

  std::string SnsBody(CURL* curl, const domain::Message& message) const {
    std::string body = fmt::format("Action=Publish&Version=2010-03-31&PhoneNumber={}&Message={}",
                                   Escaped(curl, message.destination), Escaped(curl, message.body));
    if (!options_.sender.empty()) {
      body += fmt::format(
          "&MessageAttributes.entry.1.Name=AWS.SNS.SMS.SenderID&"
          "MessageAttributes.entry.1.Value.DataType=String&"
          "MessageAttributes.entry.1.Value.StringValue={}",
          Escaped(curl, options_.sender));
    }
    return body;
  }

  static Outcome Judge(CURL* curl, CURLcode code) {
    if (code != CURLE_OK) return {Kind::kLater, curl_easy_strerror(code)};
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (status >= 200 && status < 300) return {};
    // 400 and 422 concern this message; 401, 403, 404, 429 and similar ones are problems that the
    // operator has to solve.
    const bool about_this_message = status == 400 || status == 422;
    return {about_this_message ? Kind::kRefused : Kind::kLater, fmt::format("HTTP {}", status)};
  }

  const SmsOptions options_;
  outgoing::Handles handles_;
};

}  // namespace

std::unique_ptr<Transport> MakeSms(SmsOptions options) {
  return std::make_unique<Sms>(std::move(options));
}

}  // namespace sallyport::delivery
