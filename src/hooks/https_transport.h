// HTTPS: the event posted to a URL, with an HMAC signature.
//
//   POST /path HTTP/1.1
//   Content-Type: application/json
//   Sallyport-Signature:
//   t=1700000000,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd
//
//   {"version": ..., "triggerSource": ...}
//
// v1 is HMAC-SHA256, in lower-case hex, of t's digits, a full stop and the body's bytes, under the
// secret. t is the time of the sending, in Unix seconds: what is older than some minutes is a
// replay.
//
// 200: the body is the answer event. 400 to 499 with {"errorMessage": "..."}: the function raised
// that error. 429, 500 to 599, and no connection: called again. Anything else: it could not be
// called.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/secret.h"
#include "hooks/hook_transport.h"

namespace sallyport::hooks {

struct HttpsOptions {
  std::string url;
  base::Secret secret;
  std::string ca_file;  // PEM; empty: the system's
};

// `clock` outlives the transport.
std::unique_ptr<HookTransport> MakeHttpsTransport(HttpsOptions options, const base::Clock& clock);

// "t=...,v1=..." of a body.
std::string HookSignature(std::string_view secret, int64_t unix_seconds, std::string_view body);

}  // namespace sallyport::hooks
