// HTTPS: posts the event to a URL, with an HMAC signature.
//
// clang-format off
//     POST /path HTTP/1.1
//     Content-Type: application/json
//     Sallyport-Signature: t=1700000000,v1=5257a869e7ecebeda32affa62cdca3fa51cad7e77a0e56ff536d0ce8e108d8bd
//
//     {"version": ..., "triggerSource": ...}
// clang-format on
//
// v1 is the HMAC-SHA256, in lower-case hex, of the digits of t, a full stop and the bytes of the
// body; the key is the secret. t is the time of sending in Unix seconds. The receiver should refuse
// a request that is older than some minutes, as a replay.
//
// Status 200: the body is the event with the response. 400 to 499 with {"errorMessage": "..."}: the
// function has raised that error. 429, 500 to 599 and no connection: the call is tried again.
// Anything else: the function could not be called.
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
  std::string ca_file;  // PEM; empty: the system's certificates
};

// `clock` must outlive the transport.
std::unique_ptr<HookTransport> MakeHttpsTransport(HttpsOptions options, const base::Clock& clock);

// The signature of a body, "t=...,v1=...".
std::string HookSignature(std::string_view secret, int64_t unix_seconds, std::string_view body);

}  // namespace sallyport::hooks
