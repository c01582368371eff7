// Sends SMS by an HTTP service, or by an endpoint that has Amazon SNS's Publish.
#pragma once

#include <memory>
#include <string>

#include "base/secret.h"
#include "delivery/transport.h"

namespace sallyport::delivery {

struct SmsOptions {
  enum class Protocol {
    // POST of {"id", "to", "message", "sender"} as JSON; `secret` is a bearer token. Any status 2xx
    // means that the message was accepted.
    kHttp,
    // https://docs.aws.amazon.com/sns/latest/api/API_Publish.html with a PhoneNumber, signed
    // (SigV4).
    kSns,
  };
  Protocol protocol = Protocol::kHttp;
  std::string url;
  std::string sender;      // sender id; empty: none
  std::string access_key;  // for kSns
  base::Secret secret;
  std::string region;   // for kSns
  std::string ca_file;  // PEM; empty: the system's certificates
};

std::unique_ptr<Transport> MakeSms(SmsOptions options);

}  // namespace sallyport::delivery
