#include "sink/sink.h"

#include <fmt/format.h>

#include <cstdlib>
#include <string>

#include "base/log.h"
#include "main/commands.h"
#include "main/settings.h"
#include "outgoing/url.h"

namespace sallyport::main {
namespace {

struct SinkSettings {
  sink::Options options;
  uint32_t call_millis = 2'000;
  bool without_leases = false;
  std::string config;
  std::string log_file;
  bool help = false;
};

SettingTable SinkTable(SinkSettings& s) {
  return {
      TextSetting("config", "FILE", "A TOML file with settings.", &s.config),
      TextSetting("enrolment", "FILE",
                  "The file that enrols this sink, made by `sallyport agents add` on the server.",
                  &s.options.enrolment_file),
      ListSetting("server", "HOST:PORT",
                  "Where the server's feed is. Default: what the enrolment file says.",
                  &s.options.servers),
      TextSetting("url", "URL",
                  "Where DynamoDB is, for example https://dynamodb.eu-west-1.amazonaws.com.",
                  &s.options.table.url),
      TextSetting("region", "REGION", "The region for which calls are signed.",
                  &s.options.table.region),
      TextSetting("table", "NAME", "The table.", &s.options.table.name),
      TextSetting("key", "NAME", "The table's partition key, a string.", &s.options.table.key),
      TextSetting("ttl", "NAME",
                  "The attribute with the time after which DynamoDB may delete an item.",
                  &s.options.table.ttl),
      TextSetting("credentials-file", "FILE",
                  "An AWS shared-credentials file; its [default] signs the calls. It is read "
                  "again when it changes.",
                  &s.options.credentials_file),
      TextSetting("ca-file", "FILE",
                  "The PEM certificates by which the table's host is verified, in place of the "
                  "system's.",
                  &s.options.ca_file),
      MillisSetting("timeout", "How long a call to the table may take.", 10, 60'000,
                    &s.call_millis),
      SwitchSetting("without-leases",
                    "Do not let revoking calls wait until the table has their entries.",
                    &s.without_leases),
      TextSetting("metrics-listen", "HOST:PORT", "Where to answer GET /metrics and /healthz.",
                  &s.options.metrics_listen),
      TextSetting("log-file", "FILE",
                  "Where to log instead of standard error. SIGHUP opens it again.", &s.log_file),
      SwitchSetting("help", "Show this.", &s.help),
  };
}

// The first setting that is missing; empty: none is.
std::string Missing(const sink::Options& options) {
  if (options.enrolment_file.empty()) return "enrolment";
  if (options.table.url.empty()) return "url";
  if (options.table.region.empty()) return "region";
  if (options.table.name.empty()) return "table";
  if (options.table.key.empty()) return "key";
  if (options.credentials_file.empty()) return "credentials-file";
  return {};
}

}  // namespace

SettingTable SinkFlags() {
  SinkSettings settings;
  return Described(SinkTable(settings));
}

int RunSink(const std::vector<std::string>& arguments) {
  SinkSettings settings;
  const SettingTable table = SinkTable(settings);
  if (const auto applied = ApplySettings(table, arguments, getenv); !applied) {
    return Fail(applied.error().message);
  }
  if (settings.help) {
    fmt::print("{}", HelpText("sallyport sink dynamodb [flags]",
                              "Mirrors a server's revocations into a table of DynamoDB, for "
                              "authorizers that read a block list there.",
                              table));
    return 0;
  }
  const std::string missing = Missing(settings.options);
  if (!missing.empty()) return Fail(fmt::format("sink dynamodb: --{} is missing", missing));
  const std::string& url = settings.options.table.url;
  if (const char* const problem = outgoing::WhyNoUrl(url)) {
    return Fail(fmt::format("url \"{}\" {}", url, problem));
  }
  if (const auto opened = base::LogToFile(settings.log_file); !opened) {
    return Fail(opened.error().message);
  }
  settings.options.call_millis = settings.call_millis;
  settings.options.leases = !settings.without_leases;
  return sink::RunSink(settings.options);
}

}  // namespace sallyport::main
