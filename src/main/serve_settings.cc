#include "main/serve_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <optional>
#include <set>
#include <utility>

#include "base/error_codes.h"
#include "delivery/mail.h"
#include "hooks/hook_row.h"
#include "http/listen.h"
#include "http/public_path.h"

namespace sallyport::main {
namespace {

const std::vector<Choice<LogLevel>> kLogLevels = {{"debug", LogLevel::kDebug},
                                                  {"info", LogLevel::kInfo},
                                                  {"warning", LogLevel::kWarning},
                                                  {"error", LogLevel::kError}};

base::Error SettingProblem(std::string message) {
  return {base::code::kInvalidSetting, std::move(message), {}};
}

// From the OWASP Password Storage Cheat Sheet, Argon2id: these are equally strong.
struct Argon2Minimum {
  uint32_t memory_kib, iterations;
};
constexpr std::array<Argon2Minimum, 5> kOwasp = {
    {{47'104, 1}, {19'456, 2}, {12'288, 3}, {9'216, 4}, {7'168, 5}}};

bool MeetsOwasp(const ServeSettings& settings) {
  return std::any_of(kOwasp.begin(), kOwasp.end(), [&settings](const Argon2Minimum& least) {
    return settings.argon2_memory_kib >= least.memory_kib &&
           settings.argon2_iterations >= least.iterations;
  });
}

bool ListensOnLoopbackOnly(const ServeSettings& settings) {
  return std::all_of(settings.listen.begin(), settings.listen.end(), [](const std::string& text) {
    const auto endpoint = http::ParseListen(text);
    return endpoint && endpoint->address().is_loopback();
  });
}

void AddSecurityRows(SettingTable& table, ServeSettings& s) {
  table.push_back(NumberSetting("argon2-memory", "KIB",
                                "The memory that computing a password hash takes, in KiB.", 8,
                                4 * 1024 * 1024, &s.argon2_memory_kib));
  table.push_back(NumberSetting("argon2-iterations", "N",
                                "The number of passes of a password hash.", 1, 1000,
                                &s.argon2_iterations));
  table.push_back(NumberSetting("argon2-parallelism", "N",
                                "The number of lanes of a password hash.", 1, 64,
                                &s.argon2_parallelism));
  table.push_back(SwitchSetting("insecure-any-credentials",
                                "For local emulation: accept calls that are signed with any "
                                "credentials, or not at all. Loopback only.",
                                &s.insecure_any_credentials));
  table.push_back(TextSetting(
      "fixed-code", "CODE",
      "For tests: use this as every confirmation code. Only with --insecure-any-credentials.",
      &s.fixed_code));
}

void AddDeliveryRows(SettingTable& table, ServeSettings& s) {
  table.push_back(TextSetting("smtp-url", "URL",
                              "Where mails are submitted: smtp://host:587 or smtps://host:465. "
                              "Without it, mails are kept in the outbox.",
                              &s.smtp_url));
  table.push_back(ChoiceSetting<MailTls>(
      "smtp-tls", {{"required", MailTls::kRequired}, {"none", MailTls::kNone}},
      "none: anybody on the network can read mails and the password.", &s.smtp_tls));
  table.push_back(TextSetting("smtp-user", "NAME", "The user name with which mails are submitted.",
                              &s.smtp_user));
  table.push_back(
      TextSetting("smtp-password-file", "FILE", "Its password.", &s.smtp_password_file));
  table.push_back(TextSetting(
      "smtp-from", "MAILBOX",
      "The sender of mails for pools that name none, as in no-reply@example.com.", &s.smtp_from));
  table.push_back(TextSetting("sms-url", "URL",
                              "Where SMS are posted. Without it, they are kept in the outbox.",
                              &s.sms_url));
  table.push_back(ChoiceSetting<SmsProtocol>(
      "sms-protocol", {{"http", SmsProtocol::kHttp}, {"sns", SmsProtocol::kSns}},
      "http: JSON with a bearer token. sns: Amazon SNS's Publish, "
      "signed.",
      &s.sms_protocol));
  table.push_back(TextSetting("sms-secret-file", "FILE",
                              "The bearer token; for sns, an AWS shared-credentials file.",
                              &s.sms_secret_file));
  table.push_back(TextSetting("sms-sender", "ID", "The sender of SMS.", &s.sms_sender));
  table.push_back(
      TextSetting("delivery-ca-file", "FILE",
                  "PEM certificates with which mail and SMS services, the KMS, and apps "
                  "that are told of sign-outs are verified. Default: the system's.",
                  &s.delivery_ca_file));
  table.push_back(TextSetting("kms-url", "URL",
                              "An AWS KMS, or a service with its API, that encrypts the codes "
                              "which CustomEmailSender and CustomSMSSender send.",
                              &s.kms_url));
  table.push_back(TextSetting("kms-credentials-file", "FILE",
                              "The AWS shared-credentials file for calls of the KMS.",
                              &s.kms_credentials_file));
}

void AddHookRows(SettingTable& table, ServeSettings& s) {
  table.push_back(
      ListSetting("hook", "NAME=TRANSPORT",
                  "How the Lambda function NAME is called (its name or ARN; *: all others): "
                  "runtime:127.0.0.1:9301 serves the Lambda Runtime API there, "
                  "invoke:https://... calls Lambda's Invoke, https://... posts the event.",
                  &s.hooks));
  table.push_back(MillisSetting(
      "hook-timeout", "How long a function may take to answer, in each of three attempts.", 10,
      60'000, &s.hook_timeout_millis));
  table.push_back(SwitchSetting("hook-runtime-anywhere",
                                "Allow runtime: to listen beyond loopback. Anybody who can connect "
                                "can then read events and answer them.",
                                &s.hook_runtime_anywhere));
  table.push_back(ListSetting("hook-runtime-user", "USER",
                              "A user of this host, by name or number, whose runtimes may fetch "
                              "events, in addition to the server's own user.",
                              &s.hook_runtime_users));
  table.push_back(
      TextSetting("hook-credentials-file", "FILE",
                  "An AWS shared-credentials file, with which calls of invoke: are signed.",
                  &s.hook_credentials_file));
  table.push_back(
      TextSetting("hook-secret-file", "FILE",
                  "The file with the secret by which calls of https:// are signed (HMAC).",
                  &s.hook_secret_file));
  table.push_back(TextSetting("hook-ca-file", "FILE",
                              "PEM certificates with which servers of invoke: and https:// are "
                              "verified. Default: the system's.",
                              &s.hook_ca_file));
}

std::string CeilingHelp() {
  std::string help =
      "The space that records of this kind, left by callers without credentials, may take in the "
      "store. Default:";
  const domain::Ceilings ceilings;
  for (size_t i = 0; i < domain::kLeftovers; ++i) {
    const auto leftover = static_cast<domain::Leftover>(i);
    help += fmt::format("{} {}={}", i == 0 ? "" : ",", domain::LeftoverName(leftover),
                        ceilings[leftover] / domain::kKib);
  }
  return help + ".";
}

void AddCeilingRows(SettingTable& table, ServeSettings& s) {
  table.push_back(ListSetting("ceiling", "KIND=KIB", CeilingHelp(), &s.ceilings));
  table.push_back(NumberSetting("unconfirmed-days", "N",
                                "The number of days after which a sign-up is deleted that nobody "
                                "has confirmed, counted from the end of its last code.",
                                1, 36'500, &s.unconfirmed_days));
}

struct Ceiling {
  domain::Leftover leftover;
  int64_t kib;
};

std::optional<Ceiling> ParseCeiling(std::string_view text) {
  constexpr int64_t kMostKib = int64_t{1} << 30;
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const auto leftover = domain::LeftoverOf(text.substr(0, equals));
  const std::string_view number = text.substr(equals + 1);
  int64_t kib = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), kib);
  if (!leftover || error != std::errc() || end != number.data() + number.size() || kib < 1 ||
      kib > kMostKib) {
    return std::nullopt;
  }
  return Ceiling{*leftover, kib};
}

void AddSizeRows(SettingTable& table, ServeSettings& s) {
  table.push_back(NumberSetting("io-threads", "N",
                                "The number of threads that serve clients' connections. As many "
                                "others serve all else that waits.",
                                1, 64, &s.io_threads));
  table.push_back(NumberSetting("quick-threads", "N", "The number of threads that run calls.", 1,
                                1024, &s.quick_threads));
  table.push_back(NumberSetting(
      "hash-threads", "N",
      "The number of threads, with low priority, that run calls which compute a password hash.", 1,
      1024, &s.hash_threads));
  table.push_back(NumberSetting("connection-limit", "N",
                                "The number of connections that may be open at the same time. Idle "
                                "ones are closed in favour of new ones.",
                                1, 1'000'000, &s.connection_limit));
  table.push_back(
      NumberSetting("request-memory-mib", "MIB",
                    "The memory for all requests that are being read or served, and for answers "
                    "that clients are slow to read, in addition to 8 KiB for each connection. A "
                    "request that does not fit is answered with 503.",
                    4, 1024 * 1024, &s.request_memory_mib));
}

}  // namespace

SettingTable ServeTable(ServeSettings& s) {
  SettingTable table;
  table.push_back(TextSetting("config", "FILE", "A TOML file with settings.", &s.config));
  table.push_back(TextSetting("data", "DIR",
                              "The data directory, for the store, the root credential and keys. It "
                              "is made if it does not exist.",
                              &s.data));
  AddStoreRows(table, s.store);
  table.push_back(
      ListSetting("listen", "ADDR:PORT", "Address to listen on; port 0: any free one.", &s.listen));
  table.push_back(
      ListSetting("operator-listen", "ADDR:PORT",
                  "A loopback address for operators: outbox, hooks and metrics are shown there "
                  "without a signature, and on other addresses only to signed calls. With "
                  "--metrics all it may be another address, where only metrics are shown.",
                  &s.operator_listen));
  table.push_back(
      TextSetting("public-url", "URL",
                  "The URL by which clients reach this server. It may have a path, which a proxy "
                  "in front may remove or pass on. Default: the first address listened on.",
                  &s.public_url));
  table.push_back(
      TextSetting("region", "REGION", "The region of pools that unsigned calls make.", &s.region));
  table.push_back(
      TextSetting("account-id", "ID", "The AWS account id that is put into ARNs.", &s.account_id));
  table.push_back(ChoiceSetting<domain::IssuerStyle>(
      "issuer-style", {{"local", domain::IssuerStyle::kLocal}, {"aws", domain::IssuerStyle::kAws}},
      "The issuer of tokens: {public-url}/{pool id}, or AWS's own URL.", &s.issuer_style));
  table.push_back(SwitchSetting(
      "new-issuer",
      "For one start after the issuer has changed: user pools get new keys under the new issuer.",
      &s.new_issuer));
  table.push_back(TextSetting(
      "tls-cert", "FILE",
      "A PEM certificate chain, with which HTTPS is served. SIGHUP reads it again.", &s.tls_cert));
  table.push_back(TextSetting("tls-key", "FILE", "The PEM private key of --tls-cert.", &s.tls_key));
  table.push_back(
      TextSetting("key-file", "FILE",
                  "The file with the key that seals signing keys and other secrets in the store. "
                  "It is made for a new store. Default: encryption-key in --data.",
                  &s.key_file));
  table.push_back(TextSetting("encryption-key-file", "FILE", "Another name of --key-file.",
                              &s.encryption_key_file));
  table.push_back(NumberSetting("rotate-keys-every", "DAYS",
                                "Give each user pool a new signing key when its key has signed for "
                                "this many days; 0: never. Nobody is signed out by that.",
                                0, 36'500, &s.rotate_keys_every));
  table.push_back(NumberSetting("jwks-seconds", "N",
                                "How long verifiers may cache a user pool's JWK set. A new key is "
                                "published for this long before it signs.",
                                1, 30 * 86'400, &s.jwks_seconds));
  table.push_back(ListSetting("feed-listen", "ADDR:PORT",
                              "The address of the feed, to which agents connect, each with its own "
                              "key; port 0: any free one.",
                              &s.feed_listen));
  table.push_back(
      SwitchSetting("old-agents",
                    "Also serve agents that use the feed's version 1, over --listen, with the "
                    "tokens in {data}/agent-token. For the time in which hosts are upgraded.",
                    &s.old_agents));
  table.push_back(MillisSetting("feed-ttl",
                                "How long a gate may decide without hearing from the server.", 200,
                                60'000, &s.feed_ttl_millis));
  table.push_back(
      NumberSetting("housekeeping-seconds", "N",
                    "How often the server looks for records that need no longer be kept.", 1, 300,
                    &s.housekeeping_seconds));
  table.push_back(
      ChoiceSetting<Confirm>("confirm", {{"all", Confirm::kAll}, {"none", Confirm::kNone}},
                             "all: a revoking call is answered when every gate has applied it. "
                             "none: at once, and the answer says so.",
                             &s.confirm));
  AddSecurityRows(table, s);
  AddDeliveryRows(table, s);
  AddHookRows(table, s);
  AddLimitRows(table, s.limits);
  AddCeilingRows(table, s);
  AddSizeRows(table, s);
  table.push_back(TextSetting("geo-database", "FILE",
                              "A MaxMind DB file, from which sessions get their city and country.",
                              &s.geo_database));
  table.push_back(
      ChoiceSetting<http::MetricsReaders>("metrics",
                                          {{"own", http::MetricsReaders::kOwnUser},
                                           {"local", http::MetricsReaders::kThisHost},
                                           {"all", http::MetricsReaders::kAll}},
                                          "Who may read /metrics unsigned: the user of this host "
                                          "that the server runs as, every user of "
                                          "this host, or anybody.",
                                          &s.metrics));
  table.push_back(ChoiceSetting<LogLevel>("log-level", kLogLevels,
                                          "The lowest level that is logged.", &s.log_level));
  table.push_back(TextSetting("log-file", "FILE",
                              "Where to log instead of standard error. SIGHUP opens it again.",
                              &s.log_file));
  table.push_back(SwitchSetting("help", "Show this.", &s.help));
  return table;
}

namespace {

bool StartsWithAny(const std::string& text, std::initializer_list<const char*> prefixes) {
  return std::any_of(prefixes.begin(), prefixes.end(),
                     [&text](const char* prefix) { return text.starts_with(prefix); });
}

base::Status CheckDelivery(const ServeSettings& s) {
  if (!s.smtp_url.empty() && !StartsWithAny(s.smtp_url, {"smtp://", "smtps://"})) {
    return SettingProblem(
        fmt::format("smtp-url \"{}\": must begin with smtp:// or smtps://", s.smtp_url));
  }
  if (!s.smtp_url.empty() && delivery::EnvelopeAddress(s.smtp_from).empty()) {
    return SettingProblem(
        fmt::format("smtp-from \"{}\": smtp-url needs an e-mail address there", s.smtp_from));
  }
  if (s.smtp_user.empty() != s.smtp_password_file.empty()) {
    return SettingProblem(
        "smtp-user and smtp-password-file belong together: one of them is missing");
  }
  if (!s.sms_url.empty() && !StartsWithAny(s.sms_url, {"http://", "https://"})) {
    return SettingProblem(
        fmt::format("sms-url \"{}\": must begin with http:// or https://", s.sms_url));
  }
  if (!s.sms_url.empty() && s.sms_protocol == SmsProtocol::kSns && s.sms_secret_file.empty()) {
    return SettingProblem("sms-protocol sns: needs sms-secret-file, with which calls are signed");
  }
  if (std::any_of(s.sms_sender.begin(), s.sms_sender.end(),
                  [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; })) {
    return SettingProblem("sms-sender: must be one line, without control characters");
  }
  if (!s.kms_url.empty() && !StartsWithAny(s.kms_url, {"http://", "https://"})) {
    return SettingProblem(
        fmt::format("kms-url \"{}\": must begin with http:// or https://", s.kms_url));
  }
  if (s.kms_url.empty() != s.kms_credentials_file.empty()) {
    return SettingProblem(
        "kms-url and kms-credentials-file belong together: one of them is missing");
  }
  return {};
}

base::Status CheckHook(const ServeSettings& s, const hooks::HookRow& row) {
  using Kind = hooks::HookRow::Kind;
  if (row.kind == Kind::kInvoke && s.hook_credentials_file.empty()) {
    return SettingProblem("hook " + row.function +
                          ": invoke: needs hook-credentials-file, with which calls are signed");
  }
  if (row.kind == Kind::kHttps && s.hook_secret_file.empty()) {
    return SettingProblem("hook " + row.function +
                          ": https:// needs hook-secret-file, with which calls are signed");
  }
  if (row.kind != Kind::kRuntime) return {};
  const auto endpoint = http::ParseListen(row.target);
  if (!endpoint) {
    return SettingProblem(fmt::format("hook {}: runtime \"{}\": must be of the form 127.0.0.1:9301",
                                      row.function, row.target));
  }
  if (!endpoint->address().is_loopback() && !s.hook_runtime_anywhere) {
    return SettingProblem(
        fmt::format("hook {}: refused, because {} is beyond loopback and the Runtime API has no "
                    "authentication; --hook-runtime-anywhere allows it",
                    row.function, row.target));
  }
  return {};
}

base::Status CheckHooks(const ServeSettings& s) {
  std::set<std::string> functions;
  for (const std::string& text : s.hooks) {
    SALLYPORT_ASSIGN(const hooks::HookRow row, hooks::ParseHookRow(text));
    SALLYPORT_TRY(CheckHook(s, row));
    if (!functions.insert(row.function).second) {
      return SettingProblem("hook " + row.function + ": there is more than one");
    }
  }
  return {};
}

}  // namespace

base::Status CheckServeSettings(const ServeSettings& s) {
  for (const std::string& listen : s.listen) {
    if (!http::ParseListen(listen)) {
      return SettingProblem(
          fmt::format("listen \"{}\": must be of the form 127.0.0.1:9229 or [::1]:9229", listen));
    }
  }
  for (const std::string& listen : s.operator_listen) {
    const auto endpoint = http::ParseListen(listen);
    const bool anywhere = s.metrics == http::MetricsReaders::kAll;
    if (!endpoint || !(endpoint->address().is_loopback() || anywhere)) {
      return SettingProblem(fmt::format(
          "operator-listen \"{}\": must be a loopback address, of the form 127.0.0.1:9231 or "
          "[::1]:9231; with --metrics all, metrics are shown on another address, too",
          listen));
    }
  }
  for (const std::string& listen : s.feed_listen) {
    if (!http::ParseListen(listen)) {
      return SettingProblem(fmt::format(
          "feed-listen \"{}\": must be of the form 127.0.0.1:9230 or [::1]:9230", listen));
    }
  }
  if (s.tls_cert.empty() != s.tls_key.empty()) {
    return SettingProblem("tls-cert and tls-key belong together: one of them is missing");
  }
  if (!s.key_file.empty() && !s.encryption_key_file.empty() &&
      s.key_file != s.encryption_key_file) {
    return SettingProblem(
        fmt::format("key-file {} and encryption-key-file {} are two names of one setting, but have "
                    "different values",
                    s.key_file, s.encryption_key_file));
  }
  if (!s.public_url.empty()) SALLYPORT_TRY(http::CheckPublicUrl(s.public_url));
  if (s.insecure_any_credentials && !ListensOnLoopbackOnly(s)) {
    return SettingProblem(
        "insecure-any-credentials: refused, because listen names an address beyond "
        "loopback");
  }
  SALLYPORT_TRY(CheckStoreSettings(s.store));
  SALLYPORT_TRY(CheckDelivery(s));
  SALLYPORT_TRY(CheckHooks(s));
  SALLYPORT_TRY(CheckLimits(s.limits));
  for (const std::string& ceiling : s.ceilings) {
    if (!ParseCeiling(ceiling)) {
      return SettingProblem(fmt::format(
          "ceiling \"{}\": not of the form sign-ups=12288, with a kind that --help names",
          ceiling));
    }
  }
  if (!s.fixed_code.empty() && !s.insecure_any_credentials) {
    return SettingProblem("fixed-code: only with insecure-any-credentials");
  }
  if (!MeetsOwasp(s) && !s.insecure_any_credentials) {
    return SettingProblem(fmt::format(
        "argon2-memory {} with argon2-iterations {}: weaker than OWASP's minimum (19456 with 2, "
        "12288 with 3, 9216 with 4, 7168 with 5, or 47104 with 1)",
        s.argon2_memory_kib, s.argon2_iterations));
  }
  return {};
}

domain::Settings DomainSettings(const ServeSettings& s, const std::string& bound) {
  domain::Settings settings;
  settings.public_url = s.public_url;
  if (settings.public_url.empty()) {
    settings.public_url = (s.tls_cert.empty() ? "http://" : "https://") + bound;
  }
  settings.region = s.region;
  settings.account_id = s.account_id;
  settings.issuer_style = s.issuer_style;
  settings.argon2_memory_kib = s.argon2_memory_kib;
  settings.argon2_iterations = s.argon2_iterations;
  settings.argon2_parallelism = s.argon2_parallelism;
  settings.fixed_code = s.fixed_code;
  settings.import_directory = s.data + "/imports";
  settings.ceilings = CeilingsOf(s);
  settings.jwks_seconds = s.jwks_seconds;
  return settings;
}

domain::Ceilings CeilingsOf(const ServeSettings& settings) {
  domain::Ceilings ceilings;
  ceilings.unconfirmed_seconds = int64_t{settings.unconfirmed_days} * 86'400;
  for (const std::string& text : settings.ceilings) {
    if (const auto ceiling = ParseCeiling(text)) {
      ceilings[ceiling->leftover] = ceiling->kib * domain::kKib;
    }
  }
  return ceilings;
}

std::string KeyPath(const ServeSettings& s) {
  if (!s.key_file.empty()) return s.key_file;
  return s.encryption_key_file.empty() ? s.data + "/encryption-key" : s.encryption_key_file;
}

const char* LogLevelName(LogLevel level) {
  const auto found = std::find_if(kLogLevels.begin(), kLogLevels.end(),
                                  [level](const auto& choice) { return choice.value == level; });
  return found->word.c_str();
}

}  // namespace sallyport::main
