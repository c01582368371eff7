#include "delivery/smtp.h"

#include <fmt/format.h>

#include <cstring>
#include <utility>

#include "delivery/mail.h"
#include "outgoing/curl.h"

namespace sallyport::delivery {
namespace {

using Kind = Outcome::Kind;

struct Upload {
  std::string_view left;
};

size_t ReadMail(char* out, size_t size, size_t count, void* user) {
  Upload& upload = *static_cast<Upload*>(user);
  const size_t bytes = std::min(size * count, upload.left.size());
  std::memcpy(out, upload.left.data(), bytes);
  upload.left.remove_prefix(bytes);
  return bytes;
}

class Smtp final : public Transport {
 public:
  Smtp(SmtpOptions options, const base::Clock& clock)
      : options_(std::move(options)), clock_(clock), handles_(options_.ca_file) {}

  Outcome Send(const domain::Message& message) override {
    const std::string& from = message.from.empty() ? options_.from : message.from;
    const auto mail = FormatMail(message, from, clock_.WallSeconds());
    if (!mail) return {Kind::kRefused, mail.error().message};
    const outgoing::Handles::Lease lease = handles_.Take();
    CURL* const curl = lease.get();
    outgoing::EndWith(curl, stopped());
    Upload upload{*mail};
    const std::string sender = fmt::format("<{}>", EnvelopeAddress(from));
    outgoing::CurlList recipients(nullptr, curl_slist_free_all);
    outgoing::Append(recipients, fmt::format("<{}>", message.destination));
    const std::string password(options_.password.Reveal());
    curl_easy_setopt(curl, CURLOPT_URL, options_.url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(curl, CURLOPT_USE_SSL,
                     static_cast<long>(options_.tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    if (!options_.user.empty()) {
      curl_easy_setopt(curl, CURLOPT_USERNAME, options_.user.c_str());
      curl_easy_setopt(curl, CURLOPT_PASSWORD, password.c_str());
    }
    curl_easy_setopt(curl, CURLOPT_MAIL_FROM, sender.c_str());
    curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients.get());
    curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl, CURLOPT_READFUNCTION, ReadMail);
    curl_easy_setopt(curl, CURLOPT_READDATA, &upload);
    return Judge(curl, curl_easy_perform(curl));
  }

 private:
  static Outcome Judge(CURL* curl, CURLcode code) {
    if (code == CURLE_OK) return {};
    long reply = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &reply);
    std::string reason = fmt::format("{} (SMTP {})", curl_easy_strerror(code), reply);
    // A refused password or missing TLS is a problem that the operator has to solve. Only codes
    // about the mail itself are final (RFC 5321, section 4.2.1).
    constexpr long kPermanent = 550;
    constexpr long kAfter = 560;
    const bool about_this_mail = reply >= kPermanent && reply < kAfter &&
                                 code != CURLE_LOGIN_DENIED && code != CURLE_USE_SSL_FAILED;
    return {about_this_mail ? Kind::kRefused : Kind::kLater, std::move(reason)};
  }

  const SmtpOptions options_;
  const base::Clock& clock_;
  outgoing::Handles handles_;
};

}  // namespace

std::unique_ptr<Transport> MakeSmtp(SmtpOptions options, const base::Clock& clock) {
  return std::make_unique<Smtp>(std::move(options), clock);
}

}  // namespace sallyport::delivery
