#include "main/transports.h"

#include <utility>

#include "delivery/kms.h"
#include "delivery/sms.h"
#include "delivery/smtp.h"
#include "main/secret_files.h"

namespace sallyport::main {
namespace {

base::Result<base::Secret> ReadOptional(const std::string& path) {
  if (path.empty()) return base::Secret();
  return ReadSecret(path);
}

base::Status AddSms(const ServeSettings& settings, delivery::Transports& transports) {
  delivery::SmsOptions options{.url = settings.sms_url,
                               .sender = settings.sms_sender,
                               .access_key = {},
                               .secret = {},
                               .region = settings.region,
                               .ca_file = settings.delivery_ca_file};
  if (settings.sms_protocol == SmsProtocol::kSns) {
    options.protocol = delivery::SmsOptions::Protocol::kSns;
    SALLYPORT_ASSIGN(auto credentials, ReadCredentialsFile(settings.sms_secret_file));
    options.access_key = credentials.begin()->first;
    options.secret = std::move(credentials.begin()->second);
  } else {
    SALLYPORT_ASSIGN(options.secret, ReadOptional(settings.sms_secret_file));
  }
  transports.sms = delivery::MakeSms(std::move(options));
  return {};
}

}  // namespace

base::Result<delivery::Transports> MakeTransports(const ServeSettings& settings,
                                                  const base::Clock& clock) {
  delivery::Transports transports;
  if (!settings.smtp_url.empty()) {
    delivery::SmtpOptions options{.url = settings.smtp_url,
                                  .tls = settings.smtp_tls == MailTls::kRequired,
                                  .user = settings.smtp_user,
                                  .password = {},
                                  .from = settings.smtp_from,
                                  .ca_file = settings.delivery_ca_file};
    SALLYPORT_ASSIGN(options.password, ReadOptional(settings.smtp_password_file));
    transports.email = delivery::MakeSmtp(std::move(options), clock);
  }
  if (!settings.sms_url.empty()) SALLYPORT_TRY(AddSms(settings, transports));
  return transports;
}

base::Result<std::unique_ptr<const delivery::DataKeys>> MakeKms(const ServeSettings& settings) {
  if (settings.kms_url.empty()) return std::unique_ptr<const delivery::DataKeys>();
  SALLYPORT_ASSIGN(auto credentials, ReadCredentialsFile(settings.kms_credentials_file));
  delivery::KmsOptions options{.url = settings.kms_url,
                               .region = settings.region,
                               .access_key = credentials.begin()->first,
                               .secret = std::move(credentials.begin()->second),
                               .ca_file = settings.delivery_ca_file};
  return delivery::MakeKms(std::move(options));
}

}  // namespace sallyport::main
