// Where the server is, and with which credentials it is called.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "cli/account/files.h"

namespace sallyport::cli {

struct Credentials {
  std::string access_key;
  base::Secret secret_key;
  std::string session_token;  // empty: long-lived credentials
  std::string origin;         // where it comes from, for people: "AWS_ACCESS_KEY_ID in .env"
};

// What the flags say; nullopt: the flag is not given.
struct Choices {
  std::optional<std::string> endpoint;  // a URL, or "aws" for AWS's own endpoint in the region
  std::optional<std::string> region;
  std::optional<std::string> profile;
  std::optional<std::string> pool;
  // The call is about the pool, however it is named; the pool exists only in its own region.
  bool about_pool = false;
  std::optional<std::string> client_id;
  std::optional<std::string> client_secret;
  std::optional<std::string> data;
  bool unproved = false;
};

struct Configuration {
  std::string endpoint;  // without a slash at the end
  std::string endpoint_origin;
  bool endpoint_given = false;  // false: the default
  // Trust whatever server answers there. Otherwise a call that is signed and not encrypted is made
  // only to a server that proves to know our secret key, and its answers are accepted only with
  // such a proof.
  bool unproved = false;
  std::string region;
  std::optional<Credentials> credentials;
  std::string pool;  // empty: none is named; the same holds for the next ones
  std::string client_id;
  base::Secret client_secret;
  std::string ca_bundle;  // PEM authorities; empty: the system's
};

// The environment of the process as arguments, so that tests can use their own.
struct Surroundings {
  std::function<const char*(const char*)> variable;
  std::function<base::Result<std::optional<std::string>>(const std::string&)> read = ReadFile;
};

// Flags take precedence over the environment, that over `.env` in the current directory, that over
// the AWS profile, and that over the defaults of a local server: http://127.0.0.1:9229 and the root
// credential in its data directory. Where --pool names a pool, or the call is about one, the region
// is the pool's own, whatever variables say; only --region has precedence over that. Access key,
// secret and session token always come from the same source. A profile that was chosen (--profile,
// AWS_PROFILE) and names no endpoint means AWS itself. Errors: InvalidConfiguration, InvalidFile,
// FileError.
base::Result<Configuration> Configure(const Choices& flags, const Surroundings& around);

// The meaning of the environment variables, for the manual.
struct VariableHelp {
  std::string_view names;
  std::string_view help;
};
std::span<const VariableHelp> VariablesRead();

// Whether the URL's host is a loopback address.
bool IsLoopback(std::string_view url);
// Whether the URL is one of AWS's own.
bool IsAws(std::string_view url);

// For example "eu-west-1" for the pool "eu-west-1_AbCdEfGhI"; empty where the text has no region.
std::string_view RegionOfPool(std::string_view pool);

}  // namespace sallyport::cli
