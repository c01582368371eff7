// SMTP submission (RFC 6409) by libcurl.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/secret.h"
#include "delivery/transport.h"

namespace sallyport::delivery {

struct SmtpOptions {
  std::string url;   // "smtp://host:587" (STARTTLS) or "smtps://host:465"
  bool tls = true;   // false: STARTTLS is not used, and everything can be read on the way
  std::string user;  // empty: no authentication
  base::Secret password;
  std::string from;     // mailbox, for pools that set none
  std::string ca_file;  // PEM; empty: the system's certificates
};

std::unique_ptr<Transport> MakeSmtp(SmtpOptions options, const base::Clock& clock);

}  // namespace sallyport::delivery
