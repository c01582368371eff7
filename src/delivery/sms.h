// SMS by an HTTP service or by an endpoint that speaks Amazon SNS's Publish.
#pragma once

#include <memory>
#include <string>

#include "base/secret.h"
#include "delivery/transport.h"

namespace sallyport::delivery {

struct SmsOptions {
  enum class Protocol {
    // POST of {"id", "to", "message", "sender"} as JSON; `secret` is a bearer token. Any 2xx takes
    // it.
    kHttp,
    // https://docs.aws.amazon.com/sns/latest/api/API_Publish.html with a PhoneNumber, signed
    // (SigV4).
    kSns,
  };
  Protocol protocol = Protocol::kHttp;
  std::string url;
  std::string sender;      // sender id; empty: none
  std::string access_key;  // of kSns
  base::Secret secret;
  std::string region;   // of kSns
  std::string ca_file;  // PEM; empty: the system's
};

std::unique_ptr<Transport> MakeSms(SmsOptions options);

}  // namespace sallyport::delivery
