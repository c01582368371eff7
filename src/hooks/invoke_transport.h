// Lambda's Invoke, at AWS or at any endpoint with the same API.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
#pragma once

#include <memory>
#include <string>

#include "base/secret.h"
#include "hooks/hook_transport.h"

namespace sallyport::hooks {

struct InvokeOptions {
  std::string endpoint;  // without a slash at the end; the region is taken from the ARN
  std::string access_key;
  base::Secret secret;
  std::string ca_file;  // PEM; empty: the system's certificates
};

// Calls POST {endpoint}/2015-03-31/functions/{name}/invocations[?Qualifier=], signed for service
// "lambda" (SigV4).
std::unique_ptr<HookTransport> MakeInvokeTransport(InvokeOptions options);

}  // namespace sallyport::hooks
