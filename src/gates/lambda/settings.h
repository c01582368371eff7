// Settings of the Lambda authorizer: its environment variables. Docs: docs/guide/lambda.md.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "authorizer/sallyport.h"
#include "base/result.h"
#include "channel/enrolment.h"

namespace sallyport::lambda {

enum class ResponseFormat { kPolicy, kSimple };

struct Settings {
  std::vector<std::string> issuers;
  std::vector<std::string> clients;  // empty: any client of the issuers
  std::vector<std::string> scopes;   // empty: an ID token is required
  uint32_t leeway_seconds = 0;
  sallyport_style style = SALLYPORT_STYLE_REST;
  // What a token without the scope is answered with: 401 or 403. 0: as the style has it.
  int scope_status = 0;
  ResponseFormat response = ResponseFormat::kPolicy;
  std::string token_header = "authorization";  // in lower case
  channel::Enrolment enrolment;
  // How long a decision may wait for the server.
  int64_t patience_millis = 3'000;
  std::string directory = "/tmp/sallyport";  // where the Replica is kept
};

// Those whose names begin with SALLYPORT_.
using Variables = std::map<std::string, std::string>;

// `environment` is an array of NAME=VALUE that ends with a null pointer, as `environ` is.
Variables VariablesOf(const char* const* environment);

// Refuses an unknown variable, an invalid value, and a required one that is missing. An error's
// message is one line that names the variable, and never shows a key.
base::Result<Settings> ReadSettings(const Variables& variables);

}  // namespace sallyport::lambda
