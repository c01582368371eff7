// How calls to AWS, and to services with the same API, are signed. Every signed call of this
// project is signed here.
#pragma once

#include <curl/curl.h>

#include <string>

#include "base/secret.h"
#include "outgoing/curl.h"

namespace sallyport::outgoing {

struct AwsCredentials {
  std::string access_key;
  base::Secret secret;
  base::Secret session_token;  // of temporary credentials; empty: they are permanent
};

// Has libcurl sign the next transfer with Signature Version 4. `headers` must hold all headers of
// the transfer and be given to it afterwards, because they are signed too; a session token is added
// to them. `service` is the name that is signed, for example "dynamodb".
void SignForAws(CURL* curl, CurlList& headers, const std::string& region,
                const std::string& service, const AwsCredentials& credentials);

}  // namespace sallyport::outgoing
