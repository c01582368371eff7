#include "cli/account/configuration.h"

#include <fmt/format.h>

#include <array>
#include <initializer_list>
#include <utility>
#include <vector>

#include "base/nearest.h"
#include "codec/dotenv.h"
#include "codec/profiles.h"

namespace sallyport::cli {
namespace {

constexpr std::string_view kLocalEndpoint = "http://127.0.0.1:9229";
constexpr std::string_view kLocalRegion = "us-east-1";
constexpr std::string_view kAwsWord = "aws";
constexpr std::string_view kDotEnv = ".env";
constexpr std::string_view kServiceName = "cognito_identity_provider";

using Names = std::initializer_list<const char*>;

constexpr Names kEndpointNames = {"AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", "AWS_ENDPOINT_URL"};
constexpr Names kRegionNames = {"AWS_REGION", "AWS_DEFAULT_REGION"};
constexpr Names kPoolNames = {"SALLYPORT_POOL_ID", "COGNITO_USER_POOL_ID", "USER_POOL_ID"};
constexpr Names kClientNames = {"SALLYPORT_CLIENT_ID", "COGNITO_CLIENT_ID",
                                "COGNITO_USER_POOL_CLIENT_ID"};
constexpr Names kClientSecretNames = {"SALLYPORT_CLIENT_SECRET", "COGNITO_CLIENT_SECRET"};

constexpr VariableHelp kVariables[] = {
    {"AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER, AWS_ENDPOINT_URL", "The server, as --endpoint."},
    {"AWS_REGION, AWS_DEFAULT_REGION",
     "The region, as --region, for calls that are not about a pool. A pool's id names its region."},
    {"AWS_PROFILE", "The AWS profile, as --profile."},
    {"AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN",
     "The credentials with which calls are signed."},
    {"AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE",
     "The files with the AWS profiles. Default: ~/.aws/config and ~/.aws/credentials."},
    {"AWS_CA_BUNDLE",
     "A file of PEM certificates of the authorities to trust, instead of the system's."},
    {"SALLYPORT_POOL_ID, COGNITO_USER_POOL_ID, USER_POOL_ID", "The user pool, as --pool."},
    {"SALLYPORT_CLIENT_ID, COGNITO_CLIENT_ID, COGNITO_USER_POOL_CLIENT_ID",
     "The app client, as --client-id."},
    {"SALLYPORT_CLIENT_SECRET, COGNITO_CLIENT_SECRET",
     "The app client's secret, as --client-secret."},
    {"SALLYPORT_DATA", "A local server's data directory, as --data."},
};

base::Error Problem(std::string message) {
  return {"InvalidConfiguration", std::move(message), {}};
}

struct Found {
  std::string value;
  std::string origin;
};

std::string_view HostOf(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find('/'));
  if (url.starts_with('[')) return url.substr(0, url.find(']') + 1);
  return url.substr(0, url.find(':'));
}

class Configurer {
 public:
  Configurer(const Choices& flags, const Surroundings& around) : flags_(flags), around_(around) {}

  base::Result<Configuration> Configure() {
    SALLYPORT_TRY(ReadDotEnv());
    SALLYPORT_TRY(ReadProfile());
    Configuration result;
    result.unproved = flags_.unproved;
    result.pool = Chosen(flags_.pool, "--pool", kPoolNames).value;
    result.client_id = Chosen(flags_.client_id, "--client-id", kClientNames).value;
    result.client_secret =
        base::Secret(Chosen(flags_.client_secret, "--client-secret", kClientSecretNames).value);
    result.ca_bundle = Find({"AWS_CA_BUNDLE"}).value_or(Found()).value;
    if (result.ca_bundle.empty()) result.ca_bundle = ProfileValue("ca_bundle");
    SetRegion(result);
    SALLYPORT_TRY(SetEndpoint(result));
    SALLYPORT_ASSIGN(result.credentials, FindCredentials(IsLoopback(result.endpoint)));
    return result;
  }

 private:
  base::Status ReadDotEnv() {
    SALLYPORT_ASSIGN(const auto text, around_.read(std::string(kDotEnv)));
    if (!text) return {};
    SALLYPORT_ASSIGN(dot_env_, codec::ParseDotEnv(*text, kDotEnv));
    return {};
  }

  // The first of the variables that is set and not empty. All of them are looked up in the
  // environment before any is looked up in .env.
  std::optional<Found> Find(Names names) const {
    for (const char* name : names) {
      const char* value = around_.variable(name);
      if (value && *value) return Found{value, name};
    }
    for (const char* name : names) {
      const auto found = dot_env_.find(std::string_view(name));
      if (found != dot_env_.end() && !found->second.empty()) {
        return Found{found->second, fmt::format("{} in {}", name, kDotEnv)};
      }
    }
    return std::nullopt;
  }

  Found Chosen(const std::optional<std::string>& flag, const char* flag_name, Names names) const {
    if (flag) return {*flag, flag_name};
    return Find(names).value_or(Found());
  }

  std::string HomeFile(const char* name) const {
    const char* home = around_.variable("HOME");
    return fmt::format("{}/.aws/{}", home ? home : "", name);
  }

  base::Result<codec::ProfileFile> ReadProfileFile(const std::string& path,
                                                   codec::ProfileFileKind kind) const {
    SALLYPORT_ASSIGN(const auto text, around_.read(path));
    if (!text) return codec::ProfileFile();
    return codec::ParseProfileFile(*text, path, kind);
  }

  base::Status ReadProfile() {
    const std::string config =
        Find({"AWS_CONFIG_FILE"}).value_or(Found{HomeFile("config"), ""}).value;
    const std::string credentials =
        Find({"AWS_SHARED_CREDENTIALS_FILE"}).value_or(Found{HomeFile("credentials"), ""}).value;
    SALLYPORT_ASSIGN(config_, ReadProfileFile(config, codec::ProfileFileKind::kConfig));
    SALLYPORT_ASSIGN(codec::ProfileFile secrets,
                     ReadProfileFile(credentials, codec::ProfileFileKind::kCredentials));
    const Found chosen = Chosen(flags_.profile, "--profile", {"AWS_PROFILE"});
    profile_chosen_ = !chosen.value.empty();
    profile_name_ = profile_chosen_ ? chosen.value : "default";
    const std::string header = "profile " + profile_name_;
    const bool known = config_.contains(header) || secrets.contains(header);
    if (profile_chosen_ && !known) {
      return UnknownProfile(chosen, config, credentials, secrets);
    }
    if (known) profile_ = config_[header];
    // The credentials file has precedence over the config file. The two halves of a pair are never
    // mixed.
    codec::ProfileSection& own = secrets[header];
    if (own.contains("aws_access_key_id")) profile_.erase("aws_session_token");
    for (auto& [key, value] : own) profile_[key] = value;
    return {};
  }

  base::Error UnknownProfile(const Found& chosen, const std::string& config,
                             const std::string& credentials,
                             const codec::ProfileFile& secrets) const {
    constexpr std::string_view kPrefix = "profile ";
    std::vector<std::string> known;
    for (const codec::ProfileFile* file : {&config_, &secrets}) {
      for (const auto& [header, section] : *file) {
        if (header.starts_with(kPrefix)) known.push_back(header.substr(kPrefix.size()));
      }
    }
    const std::string nearest = base::Nearest(chosen.value, known);
    return Problem(fmt::format("profile \"{}\" (from {}) is neither in {} nor in {}{}",
                               chosen.value, chosen.origin, config, credentials,
                               nearest.empty() ? "" : fmt::format("; there is \"{}\"", nearest)));
  }

  std::string ProfileValue(std::string_view key) const {
    const auto found = profile_.find(key);
    return found == profile_.end() ? std::string() : found->second;
  }

  std::string ProfileOrigin() const { return fmt::format("AWS profile {}", profile_name_); }

  void SetRegion(Configuration& result) const {
    const bool of_pool = !flags_.region && (flags_.pool || flags_.about_pool);
    if (of_pool) result.region = RegionOfPool(result.pool);
    if (!result.region.empty()) return;
    result.region = Chosen(flags_.region, "--region", kRegionNames).value;
    if (result.region.empty()) result.region = RegionOfPool(result.pool);
    if (result.region.empty()) result.region = ProfileValue("region");
  }

  std::optional<Found> FindEndpoint() const {
    if (flags_.endpoint) return Found{*flags_.endpoint, "--endpoint"};
    if (auto found = Find(kEndpointNames)) return found;
    const auto services = config_.find("services " + ProfileValue("services"));
    if (services != config_.end()) {
      const auto own = services->second.find(fmt::format("{}.endpoint_url", kServiceName));
      if (own != services->second.end()) return Found{own->second, services->first};
    }
    if (auto url = ProfileValue("endpoint_url"); !url.empty()) return Found{url, ProfileOrigin()};
    if (profile_chosen_) return Found{std::string(kAwsWord), ProfileOrigin()};
    return std::nullopt;
  }

  base::Status SetEndpoint(Configuration& result) const {
    const auto found = FindEndpoint();
    result.endpoint_given = found.has_value();
    result.endpoint = found ? found->value : std::string(kLocalEndpoint);
    result.endpoint_origin = found ? found->origin : "the default";
    if (result.endpoint == kAwsWord) {
      if (result.region.empty()) {
        return Problem("to call AWS, a region is needed: give --region or AWS_REGION");
      }
      const bool china = result.region.starts_with("cn-");
      result.endpoint =
          fmt::format("https://cognito-idp.{}.amazonaws.com{}", result.region, china ? ".cn" : "");
      return {};
    }
    if (result.region.empty()) result.region = kLocalRegion;
    return CheckUrl(result);
  }

  static base::Status CheckUrl(Configuration& result) {
    std::string& url = result.endpoint;
    while (url.ends_with('/')) url.pop_back();
    const bool scheme = url.starts_with("http://") || url.starts_with("https://");
    const bool plain = url.find_first_of("?#@ \t\r\n") == std::string::npos;
    if (!scheme || !plain || HostOf(url).empty()) {
      return Problem(
          fmt::format("endpoint \"{}\" (from {}): must be of the form http[s]://host[:port]", url,
                      result.endpoint_origin));
    }
    return {};
  }

  base::Result<std::optional<Credentials>> FromProfile(bool must) const {
    const std::string key = ProfileValue("aws_access_key_id");
    const std::string secret = ProfileValue("aws_secret_access_key");
    if (key.empty() != secret.empty()) {
      return Problem(fmt::format("{}: aws_access_key_id and aws_secret_access_key belong together",
                                 ProfileOrigin()));
    }
    if (!key.empty()) {
      return std::optional<Credentials>(
          {key, base::Secret(secret), ProfileValue("aws_session_token"), ProfileOrigin()});
    }
    for (const char* other : {"role_arn", "sso_session", "sso_start_url", "credential_process"}) {
      if (must && !ProfileValue(other).empty()) {
        return Problem(
            fmt::format("{} gets its credentials by {}, which only the AWS CLI can do: eval "
                        "\"$(aws configure export-credentials --profile {} --format env)\"",
                        ProfileOrigin(), other, profile_name_));
      }
    }
    return std::optional<Credentials>();
  }

  base::Result<std::optional<Credentials>> FromVariables() const {
    const auto key = Find({"AWS_ACCESS_KEY_ID"});
    if (!key) return std::optional<Credentials>();
    // The secret is looked up where the key was found, so that the halves of two pairs are never
    // combined.
    const bool in_file = key->origin.ends_with(kDotEnv);
    const auto value = [this, in_file](const char* name) -> std::string {
      if (!in_file) {
        const char* text = around_.variable(name);
        return text ? text : "";
      }
      const auto found = dot_env_.find(std::string_view(name));
      return found == dot_env_.end() ? "" : found->second;
    };
    std::string secret = value("AWS_SECRET_ACCESS_KEY");
    if (secret.empty()) {
      return Problem(fmt::format("{} is set, but AWS_SECRET_ACCESS_KEY is not", key->origin));
    }
    return std::optional<Credentials>(
        {key->value, base::Secret(std::move(secret)), value("AWS_SESSION_TOKEN"), key->origin});
  }

  base::Result<std::optional<Credentials>> FromData(const std::string& directory, bool must) const {
    const std::string path = directory + "/credentials";
    SALLYPORT_ASSIGN(const auto text, around_.read(path));
    if (!text && must) return Problem(fmt::format("{}: no such file", path));
    if (!text) return std::optional<Credentials>();
    SALLYPORT_ASSIGN(codec::ProfileFile file,
                     codec::ParseProfileFile(*text, path, codec::ProfileFileKind::kCredentials));
    const codec::ProfileSection& root = file["profile default"];
    const auto key = root.find("aws_access_key_id");
    const auto secret = root.find("aws_secret_access_key");
    if (key == root.end() || secret == root.end()) {
      return Problem(fmt::format("{}: no credentials in its section [default]", path));
    }
    return std::optional<Credentials>({key->second, base::Secret(secret->second), "", path});
  }

  base::Result<std::optional<Credentials>> FindCredentials(bool loopback) const {
    std::optional<Credentials> found;
    if (flags_.profile) {
      SALLYPORT_ASSIGN(found, FromProfile(true));
      if (found) return found;
    }
    if (flags_.data) return FromData(*flags_.data, true);
    SALLYPORT_ASSIGN(found, FromVariables());
    if (found) return found;
    if (profile_chosen_) {
      SALLYPORT_ASSIGN(found, FromProfile(true));
      if (found) return found;
    }
    if (loopback) {
      const auto directory = Find({"SALLYPORT_DATA"});
      SALLYPORT_ASSIGN(found,
                       FromData(directory ? directory->value : "data", directory.has_value()));
      if (found) return found;
    }
    return FromProfile(false);
  }

  const Choices& flags_;
  const Surroundings& around_;
  codec::Variables dot_env_;
  codec::ProfileFile config_;
  codec::ProfileSection profile_;
  std::string profile_name_;
  bool profile_chosen_ = false;
};

}  // namespace

base::Result<Configuration> Configure(const Choices& flags, const Surroundings& around) {
  return Configurer(flags, around).Configure();
}

std::span<const VariableHelp> VariablesRead() {
  return kVariables;
}

bool IsLoopback(std::string_view url) {
  const std::string_view host = HostOf(url);
  if (host == "localhost" || host == "[::1]") return true;
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;
}

bool IsAws(std::string_view url) {
  const std::string_view host = HostOf(url);
  return url.starts_with("https://") &&
         (host.ends_with(".amazonaws.com") || host.ends_with(".amazonaws.com.cn"));
}

std::string_view RegionOfPool(std::string_view pool) {
  const size_t underscore = pool.rfind('_');
  return underscore == std::string_view::npos ? std::string_view() : pool.substr(0, underscore);
}

}  // namespace sallyport::cli
