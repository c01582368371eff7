// Where the server is, and who calls it.
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
  std::string origin;         // "AWS_ACCESS_KEY_ID in .env": for people
};

// What the flags say; nullopt: nothing.
struct Choices {
  std::optional<std::string> endpoint;  // a URL, or "aws": AWS's own of the region
  std::optional<std::string> region;
  std::optional<std::string> profile;
  std::optional<std::string> pool;
  // What is called is about the pool, whoever names it: it is found in its own region alone.
  bool about_pool = false;
  std::optional<std::string> client_id;
  std::optional<std::string> client_secret;
  std::optional<std::string> data;
  bool unproved = false;
};

struct Configuration {
  std::string endpoint;  // without a slash at the end
  std::string endpoint_origin;
  bool endpoint_given = false;  // false: nobody named one
  // Believe and tell everything to whatever answers there. Otherwise what is signed and not
  // encrypted goes to, and is believed of, who proves to have our secret key.
  bool unproved = false;
  std::string region;
  std::optional<Credentials> credentials;
  std::string pool;  // empty: none named; so are the next ones
  std::string client_id;
  base::Secret client_secret;
  std::string ca_bundle;  // PEM authorities; empty: the system's
};

// The process's surroundings, as arguments, so that tests have their own.
struct Surroundings {
  std::function<const char*(const char*)> variable;
  std::function<base::Result<std::optional<std::string>>(const std::string&)> read = ReadFile;
};

// Flags win over the environment, that over `.env` in the current directory, that over the AWS
// profile, and that over what a local server has: http://127.0.0.1:9229 and the root credential in
// its data directory. The region is the pool's own, whatever variables say, where --pool names one
// or the call is about one; a --region counts more. Access key, secret and session token always
// come from one place. A profile that was chosen (--profile, AWS_PROFILE) and names no endpoint
// means AWS itself. Errors: InvalidConfiguration, InvalidFile, FileError.
base::Result<Configuration> Configure(const Choices& flags, const Surroundings& around);

// What the variables mean, for the manual.
struct VariableHelp {
  std::string_view names;
  std::string_view help;
};
std::span<const VariableHelp> VariablesRead();

// Whether the URL's host is this one.
bool IsLoopback(std::string_view url);
// Whether it is AWS itself.
bool IsAws(std::string_view url);

// "eu-west-1" of the pool "eu-west-1_AbCdEfGhI"; empty where it has none.
std::string_view RegionOfPool(std::string_view pool);

}  // namespace sallyport::cli
