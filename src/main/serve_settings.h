// ServeSettings: everything that can be set for `sallyport serve`.
#pragma once

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "domain/services.h"
#include "http/metrics_readers.h"
#include "main/limit_settings.h"
#include "main/settings.h"
#include "main/store_settings.h"

namespace sallyport::main {

enum class MailTls { kRequired, kNone };
enum class SmsProtocol { kHttp, kSns };
enum class Confirm { kAll, kNone };
enum class LogLevel { kDebug, kInfo, kWarning, kError };

struct ServeSettings {
  std::string config;
  std::string data = "data";
  StoreSettings store;
  std::vector<std::string> listen = {"127.0.0.1:9229"};
  std::vector<std::string> feed_listen = {"127.0.0.1:9230"};
  bool old_agents = false;
  std::vector<std::string> operator_listen;  // empty: operators share the listeners of callers
  std::string public_url;                    // empty: made from the first address of --listen
  bool new_issuer = false;
  std::string region = "us-east-1";
  std::string account_id = "000000000000";
  domain::IssuerStyle issuer_style = domain::IssuerStyle::kLocal;
  std::string tls_cert;
  std::string tls_key;
  std::string key_file;             // empty: encryption-key in the data directory
  std::string encryption_key_file;  // the older name of key_file
  uint32_t rotate_keys_every = 0;   // days; 0: never
  uint32_t jwks_seconds = domain::kJwksSeconds;
  uint32_t feed_ttl_millis = 2000;
  uint32_t housekeeping_seconds = 60;
  std::string smtp_url;  // empty: mails go to the outbox
  MailTls smtp_tls = MailTls::kRequired;
  std::string smtp_user;
  std::string smtp_password_file;
  std::string smtp_from;
  std::string sms_url;  // empty: SMS go to the outbox
  SmsProtocol sms_protocol = SmsProtocol::kHttp;
  std::string sms_secret_file;
  std::string sms_sender;
  std::string delivery_ca_file;
  std::string kms_url;  // empty: no code can be encrypted for a pool's function
  std::string kms_credentials_file;
  std::string geo_database;  // empty: sessions are shown without a place
  Confirm confirm = Confirm::kAll;
  uint32_t argon2_memory_kib = 19'456;
  uint32_t argon2_iterations = 2;
  uint32_t argon2_parallelism = 1;
  LogLevel log_level = LogLevel::kInfo;
  std::string log_file;  // empty: standard error
  uint32_t io_threads = 2;
  uint32_t quick_threads = 16;
  uint32_t hash_threads = std::thread::hardware_concurrency();
  uint32_t connection_limit = 10'000;
  uint32_t request_memory_mib = 64;
  http::MetricsReaders metrics = http::MetricsReaders::kOwnUser;
  LimitSettings limits;
  std::vector<std::string> ceilings;  // "sign-ups=12288", in KiB
  uint32_t unconfirmed_days = 30;
  std::vector<std::string> hooks;  // "pre-sign-up=runtime:127.0.0.1:9301"
  uint32_t hook_timeout_millis = 5000;
  bool hook_runtime_anywhere = false;
  // In addition to the server's own user; by name or number.
  std::vector<std::string> hook_runtime_users;
  std::string hook_credentials_file;
  std::string hook_secret_file;
  std::string hook_ca_file;
  bool insecure_any_credentials = false;
  std::string fixed_code;
  bool help = false;
};

// `settings` must outlive the table.
SettingTable ServeTable(ServeSettings& settings);

// Checks what no single row can check. An error is one line for the operator.
base::Status CheckServeSettings(const ServeSettings& settings);

// The settings of the domain. `bound` is the address that the first listener got, for example
// "127.0.0.1:9229".
domain::Settings DomainSettings(const ServeSettings& settings, const std::string& bound);

// The ceilings. CheckServeSettings must have succeeded.
domain::Ceilings CeilingsOf(const ServeSettings& settings);

// The path of the Vault's key.
std::string KeyPath(const ServeSettings& settings);

// The word for base::SetLogLevel.
const char* LogLevelName(LogLevel level);

}  // namespace sallyport::main
