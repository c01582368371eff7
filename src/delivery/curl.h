// The little of libcurl that both transports share.
#pragma once

#include <curl/curl.h>

#include <memory>
#include <string>

#include "delivery/transport.h"

namespace sallyport::delivery {

using CurlHandle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using CurlList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

// A handle of the calling thread's own for `owner`: the connection stays open from message to
// message. Time-outs, TLS 1.2 with verified certificates and no signals are set; what the last use
// set beside is gone.
CURL* ThreadHandle(const void* owner, const std::string& ca_file);

void Append(CurlList& list, const std::string& line);

}  // namespace sallyport::delivery
