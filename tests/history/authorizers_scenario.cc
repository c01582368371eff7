// The other ways to ask, beside one another: nginx asks an agent by `auth_request`, with rules that
// decide by the Replica (`live`), by GetUser for each request, by GetUser with a cache, and by a
// table of DynamoDB that `sallyport sink` writes. All see the same revocations.
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

#include "api.h"
#include "net.h"
#include "scenario.h"
#include "table_service.h"

namespace sallyport::history {
namespace {

// Of leases: the table is as good as the sink's lease, which must not end on a busy machine.
constexpr Nanos kTtl = 10 * kSecond;
constexpr Nanos kDuration = 4 * kSecond;
constexpr Nanos kCache = 300 * kMillisecond;
// What is asked for crosses the network meanwhile, so that a fault has time to be seen.
constexpr Nanos kApiDelay = 5 * kMillisecond;
// Where nothing is cached: longer than a revoking call waits for the table, so that calls are under
// way both when a revocation is made and when it is answered.
constexpr Nanos kSlowApiDelay = 80 * kMillisecond;
constexpr Nanos kWriteDelay = 30 * kMillisecond;
constexpr Nanos kPatience = 20 * kSecond;
constexpr char kTable[] = "revoked";

// In the order of the gates. Only access tokens are asked about.
constexpr std::array<const char*, 4> kWays = {"live", "introspect", "cached", "blocklist"};
constexpr Id kCached = 2;

struct Place {
  std::string directory;
  std::string issuer;
  uint16_t agent = FreePort();
  uint16_t sink_metrics = FreePort();
  std::vector<uint16_t> gates = {};
};

void WriteCredentials(const std::string& path) {
  std::ofstream(path) << "[default]\naws_access_key_id = AKID\naws_secret_access_key = secret\n";
  chmod(path.c_str(), S_IRUSR | S_IWUSR);
}

std::string RulesOf(const Place& place, uint16_t slow_api, uint16_t api, uint16_t table) {
  const std::string issuer = "issuer = \"" + place.issuer + "\"\n";
  const std::string access = issuer + "scope = \"aws.cognito.signin.user.admin\"\n";
  const std::string asking =
      access + "timeout = \"10s\"\ncalls_per_second = 1000000\nurl = \"http://127.0.0.1:";
  const std::string get_user = "\"\nmode = \"introspect\"\n";
  return "[id]\n" + issuer + "[live]\n" + access + "[introspect]\n" + asking +
         std::to_string(slow_api) + get_user + "[cached]\n" + asking + std::to_string(api) +
         get_user + "allow_cache = \"" + std::to_string(kCache / kMillisecond) +
         "ms\"\n[blocklist]\n" + asking + std::to_string(table) +
         "\"\nmode = \"blocklist\"\nregion = \"eu-west-1\"\ntable = \"" + kTable +
         "\"\nkey = \"id\"\nttl = \"ttl\"\n"
         "look_up = [\"origin_jti\", \"event_id\", \"jti\", \"client_id\", \"iss\"]\n"
         "credentials_file = \"" +
         place.directory + "/credentials\"\n";
}

std::string NginxOf(const Place& place, uint16_t upstream) {
  std::string text =
      "daemon off;\nworker_processes 1;\npid nginx.pid;\nerror_log nginx.log warn;\n";
  if (geteuid() == 0) text += "user root;\n";
  text += "events { worker_connections 1024; }\nhttp {\n  access_log off;\n";
  for (const std::string_view kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
    text += "  " + std::string(kind) + "_temp_path tmp_" + std::string(kind) + ";\n";
  }
  const std::string kept = "keepalive 64; keepalive_requests 100000000; }\n";
  text +=
      "  keepalive_requests 100000000;\n  keepalive_timeout 1h;\n  upstream api { server "
      "127.0.0.1:" +
      std::to_string(upstream) + "; " + kept +
      "  upstream agent { server 127.0.0.1:" + std::to_string(place.agent) + "; " + kept;
  const std::string http = "proxy_http_version 1.1; proxy_set_header Connection \"\"; ";
  for (size_t i = 0; i < kWays.size(); ++i) {
    text += "  server {\n    listen 127.0.0.1:" + std::to_string(place.gates[i]) + ";\n";
    for (const auto& [path, rule] : {std::pair<std::string, std::string>{"/id", "id"},
                                     std::pair<std::string, std::string>{"/access", kWays[i]}}) {
      text += "    location = " + path + " { auth_request /_ask" + path + "; " + http +
              "proxy_pass http://api; }\n    location = /_ask" + path + " { internal; " + http +
              "proxy_pass_request_body off; proxy_set_header Content-Length \"\"; "
              "proxy_pass http://agent/authorize/" +
              rule + "; }\n";
    }
    text += "  }\n";
  }
  return text + "}\n";
}

// Of the program in the fleet's build.
Command CommandOf(Fleet& fleet, const Place& place, const std::string& name,
                  std::vector<std::string> words) {
  Command command;
  command.words = std::move(words);
  command.environment = fleet.options().agent_environment;
  command.log = place.directory + "/" + name + ".log";
  return command;
}

bool EnrolAs(Fleet& fleet, const Place& place, const std::string& name) {
  return fleet.Manage({"agents", "add", name, "--data", fleet.data(), "--endpoint",
                       fleet.endpoint(), "--out", place.directory + "/" + name}) == 0;
}

bool AwaitSink(const Place& place) {
  const Nanos deadline = Now() + kPatience;
  while (Api(place.sink_metrics).Get("/healthz") != 200) {
    if (Now() > deadline) return false;
    Pause(20 * kMillisecond);
  }
  return true;
}

void RunAuthorizers(Run& run) {
  Fleet& fleet = run.fleet;
  Recorder& recorder = fleet.recorder();
  Site& site = fleet.site();
  Place place{fleet.options().directory + "/authorizers", fleet.issuers().front()};
  std::filesystem::create_directories(place.directory);
  for (size_t i = 0; i < kWays.size(); ++i) place.gates.push_back(FreePort());
  TableService table(kTable, "id", kWriteDelay);
  Link slow_api(site.api_port), api(site.api_port);
  slow_api.SetDelay(kSlowApiDelay);
  api.SetDelay(kApiDelay);
  WriteCredentials(place.directory + "/credentials");
  std::ofstream(place.directory + "/rules.toml")
      << RulesOf(place, slow_api.port(), api.port(), table.port());
  std::ofstream(place.directory + "/nginx.conf") << NginxOf(place, fleet.upstream().port());
  const bool enrolled = EnrolAs(fleet, place, "asked") && EnrolAs(fleet, place, "sink");
  recorder.Add(Check{"agent and sink are enrolled", "", enrolled});

  const std::string program = fleet.options().binaries + "/sallyport";
  const std::string feed = "127.0.0.1:" + std::to_string(fleet.feed_port());
  Process agent(CommandOf(
      fleet, place, "agent",
      {program, "agent", "--enrolment", place.directory + "/asked", "--server", feed, "--replica",
       place.directory + "/replica", "--authorize", "127.0.0.1:" + std::to_string(place.agent),
       "--authorize-rules", place.directory + "/rules.toml"}));
  Process sink(CommandOf(fleet, place, "sink-process",
                         {program,
                          "sink",
                          "dynamodb",
                          "--enrolment",
                          place.directory + "/sink",
                          "--server",
                          feed,
                          "--url",
                          "http://127.0.0.1:" + std::to_string(table.port()),
                          "--region",
                          "eu-west-1",
                          "--table",
                          kTable,
                          "--key",
                          "id",
                          "--ttl",
                          "ttl",
                          "--credentials-file",
                          place.directory + "/credentials",
                          "--metrics-listen",
                          "127.0.0.1:" + std::to_string(place.sink_metrics)}));
  Process nginx(CommandOf(fleet, place, "nginx-process",
                          {"nginx", "-p", place.directory, "-c", place.directory + "/nginx.conf",
                           "-e", place.directory + "/nginx.log"}));
  agent.Start();
  sink.Start();
  nginx.Start();
  site.gate_ports = place.gates;
  site.gate_timeout = kPatience;
  const bool served = enrolled && AwaitServedAt(fleet, place.gates, kPatience) && AwaitSink(place);
  recorder.Add(Check{"every way serves", "", served});
  if (!served) return;
  Traffic traffic(recorder, site,
                  {.revokers = 6,
                   .live_period = 5 * kMillisecond,
                   .poll_period = 2 * kMillisecond,
                   .revoke_pause = 2 * kSlowApiDelay,
                   .weights = {12, 2, 2, 2, 1, 1, 1, 1, 1, 0},
                   .seed = run.options.seed});
  const Nanos begun = Now();
  while (Now() < begun + kDuration || GoesOn(run, 1, 1)) Pause(100 * kMillisecond);
  traffic.Stop();
  recorder.Add(Check{"the table was written", std::to_string(table.items()), table.items() > 20});
}

}  // namespace

Scenario AuthorizersScenario() {
  Scenario scenario{.name = "authorizers"};
  scenario.fleet.ttl = kTtl;
  scenario.bounds.ttl = kTtl;
  scenario.bounds.staleness[kCached] = kCache;
  scenario.demands = {.revokes = 20,
                      .allowed = 200,
                      .denied = 200,
                      .denied_revoked = 100,
                      .denied_soon = 20,
                      .checks = 3};
  scenario.body = RunAuthorizers;
  return scenario;
}

}  // namespace sallyport::history
