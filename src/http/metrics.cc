#include "http/metrics.h"

#include <prometheus/text_serializer.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <ctime>

namespace sallyport::http {
namespace {

const prometheus::Histogram::BucketBoundaries kSeconds = {
    0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10};

double ResidentBytes() {
  long pages = 0;
  if (std::FILE* file = std::fopen("/proc/self/statm", "re")) {
    if (std::fscanf(file, "%*s %ld", &pages) != 1) pages = 0;
    std::fclose(file);
  }
  return static_cast<double>(pages) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

}  // namespace

prometheus::Gauge& Metrics::AddGauge(const std::string& name, const std::string& help) {
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry_).Add({});
}

Metrics::Metrics()
    : requests_(prometheus::BuildCounter()
                    .Name("sallyport_requests_total")
                    .Help("Calls answered, by operation and error code")
                    .Register(registry_)),
      request_seconds_(prometheus::BuildHistogram()
                           .Name("sallyport_request_seconds")
                           .Help("Time from a request's last byte to its answer's first")
                           .Register(registry_)),
      hook_seconds_(prometheus::BuildHistogram()
                        .Name("sallyport_hook_seconds")
                        .Help("Time of a hook's call with all attempts, by transport and outcome")
                        .Register(registry_)),
      release_seconds_(
          &prometheus::BuildHistogram()
               .Name("sallyport_release_wait_seconds")
               .Help("How long revoking calls waited until every gate had applied them")
               .Register(registry_)
               .Add({}, kSeconds)),
      log_head_(AddGauge("sallyport_log_head", "Last entry of the RevocationLog")),
      log_released_(AddGauge("sallyport_log_released", "Last entry that every gate has applied")),
      store_commits_(prometheus::BuildCounter()
                         .Name("sallyport_store_commits_total")
                         .Help("Durable commits; changes that shared a commit count once")
                         .Register(registry_)
                         .Add({})),
      agents_connected_(
          AddGauge("sallyport_agents_connected", "Agents that are connected to the feed")),
      agents_leased_(AddGauge("sallyport_agents_leased", "Agents that hold a lease")),
      agents_asking_(AddGauge("sallyport_agents_asking",
                              "Connections on which each decision is asked for, without a lease")),
      only_revocations_(AddGauge("sallyport_store_only_revocations",
                                 "1: the disk is full, and only calls that revoke are accepted")),
      reserve_bytes_(AddGauge("sallyport_store_reserve_bytes",
                              "What is left of the space set aside for revocations")),
      restored_store_(AddGauge("sallyport_store_restored",
                               "1: an older database was restored, and no tokens are issued")),
      time_ahead_(AddGauge("sallyport_time_ahead_seconds",
                           "How far the host's clock is behind the server's own time, which stands "
                           "still until the clock has caught up")),
      connections_(AddGauge("sallyport_connections", "Open connections")),
      request_bytes_(AddGauge("sallyport_request_memory_bytes",
                              "Memory of requests that are being read, beside 8 KiB each")),
      quick_waiting_(AddGauge("sallyport_quick_waiting", "Calls that wait for a worker")),
      hash_waiting_(AddGauge("sallyport_hash_waiting", "Calls that wait for a password hash")),
      hooks_waiting_(AddGauge("sallyport_hooks_waiting", "Calls that wait for a hook's answer")),
      leftover_records_(
          prometheus::BuildGauge()
              .Name("sallyport_leftover_records")
              .Help("Records that callers without credentials have left in the store, by kind")
              .Register(registry_)),
      leftover_bytes_(prometheus::BuildGauge()
                          .Name("sallyport_leftover_bytes")
                          .Help("Space that these records take in the store, as an upper bound")
                          .Register(registry_)),
      leftover_ceiling_bytes_(prometheus::BuildGauge()
                                  .Name("sallyport_leftover_ceiling_bytes")
                                  .Help("Space that these records may take (--ceiling)")
                                  .Register(registry_)),
      ceiling_met_(prometheus::BuildCounter()
                       .Name("sallyport_ceiling_met_total")
                       .Help("Calls that were refused, or took the place of an old leftover, "
                             "because a ceiling was reached")
                       .Register(registry_)),
      limit_met_(prometheus::BuildCounter()
                     .Name("sallyport_rate_limited_total")
                     .Help("Calls that were refused because a rate limit was reached")
                     .Register(registry_)),
      resident_bytes_(AddGauge("process_resident_memory_bytes", "Resident memory")),
      start_seconds_(AddGauge("process_start_time_seconds", "Unix time of the start")) {
  start_seconds_.Set(static_cast<double>(std::time(nullptr)));
}

void Metrics::CountRequest(std::string_view operation, std::string_view code, double seconds) {
  std::string series(operation);
  prometheus::Histogram* histogram = nullptr;
  prometheus::Counter* counter = nullptr;
  {
    const std::lock_guard lock(mutex_);
    auto& known_histogram = histograms_[series];
    if (!known_histogram) {
      known_histogram = &request_seconds_.Add({{"operation", series}}, kSeconds);
    }
    histogram = known_histogram;
    series.append(1, '\0').append(code);
    auto& known_counter = counters_[series];
    if (!known_counter) {
      known_counter = &requests_.Add({{"operation", std::string(operation)},
                                      {"code", code.empty() ? "OK" : std::string(code)}});
    }
    counter = known_counter;
  }
  counter->Increment();
  histogram->Observe(seconds);
}

void Metrics::CountHook(std::string_view transport, std::string_view outcome, double seconds) {
  hook_seconds_.Add({{"way", std::string(transport)}, {"outcome", std::string(outcome)}}, kSeconds)
      .Observe(seconds);
}

void Metrics::SetDatabase(const store::DatabaseFigures& figures) {
  using Figures = store::DatabaseFigures;
  struct Count {
    const char* name;
    const char* help;
    uint64_t Figures::*of;
  };
  static constexpr std::array kCounts{
      Count{"round_trips_total", "Times that something was sent to the database and answered",
            &Figures::round_trips},
      Count{"conflicts_total", "Changes that conflicted with another one and were run again",
            &Figures::conflicts},
      Count{"given_up_total",
            "Changes that conflicted with others too often, and were answered with 503",
            &Figures::given_up},
      Count{"commits_looked_up_total",
            "Commits whose answer was lost, and whose outcome was looked up", &Figures::looked_up},
      Count{"commits_unknown_total",
            "Commits whose outcome could not be looked up: answered with 503", &Figures::unknown},
      Count{"connections_opened_total", "Connections that were made", &Figures::opened},
      Count{"connection_waits_total", "Calls that waited for a free connection of the pool",
            &Figures::waited},
      Count{"connection_timeouts_total",
            "Calls for which no connection became free in time: answered with 503",
            &Figures::turned_away},
      Count{"beats_total", "Confirmed beats, by which a server shows that it is there",
            &Figures::beats},
      Count{"beats_failed_total", "Beats that could not be sent, or were not confirmed",
            &Figures::failed_beats},
      Count{"servers_removed_total", "Servers that this one has found dead", &Figures::removed},
      Count{"registrations_total",
            "How often this server has registered: more than once where others took it for dead",
            &Figures::registrations}};
  struct Size {
    const char* name;
    const char* help;
    size_t Figures::*of;
  };
  static constexpr std::array kSizes{
      Size{"connections", "Open connections of the pool from which calls are served",
           &Figures::connections},
      Size{"connections_in_use", "Of these, those in use", &Figures::in_use},
      Size{"connections_limit", "How many there may be (--store-connections)", &Figures::ceiling},
      Size{"servers", "Servers of the database, this one included", &Figures::servers},
      Size{"standbys_confirm", "1: a standby confirms each commit", &Figures::standbys_confirm}};
  const std::string prefix = "sallyport_database_";
  const std::lock_guard lock(mutex_);
  for (const Count& count : kCounts) {
    auto& counter = prometheus::BuildCounter()
                        .Name(prefix + count.name)
                        .Help(count.help)
                        .Register(registry_)
                        .Add({});
    counter.Increment(static_cast<double>(figures.*count.of) - counter.Value());
  }
  for (const Size& size : kSizes) {
    AddGauge(prefix + size.name, size.help).Set(static_cast<double>(figures.*size.of));
  }
}

void Metrics::SetKeyRotation(const KeyRotation& rotation) {
  auto& steps = prometheus::BuildCounter()
                    .Name("sallyport_key_rotation_steps_total")
                    .Help("Steps of the rotation of signing keys that this server has taken")
                    .Register(registry_);
  auto& failures = prometheus::BuildCounter()
                       .Name("sallyport_key_rotation_failures_total")
                       .Help(
                           "Steps of the rotation of signing keys that failed; they are tried "
                           "again")
                       .Register(registry_)
                       .Add({});
  auto& waiting = prometheus::BuildGauge()
                      .Name("sallyport_rotating_keys")
                      .Help("Signing keys that wait to sign, or to be withdrawn, by stage")
                      .Register(registry_);
  const std::lock_guard lock(mutex_);
  for (const auto& [name, times] : rotation.steps) {
    auto& counter = steps.Add({{"step", name}});
    counter.Increment(static_cast<double>(times) - counter.Value());
  }
  failures.Increment(static_cast<double>(rotation.failures) - failures.Value());
  for (const auto& [name, keys] : rotation.waiting) {
    waiting.Add({{"stage", name}}).Set(static_cast<double>(keys));
  }
}

std::string Metrics::Render(const Snapshot& snapshot) {
  log_head_.Set(static_cast<double>(snapshot.log_head));
  log_released_.Set(static_cast<double>(snapshot.log_released));
  {
    // Otherwise two calls at the same time would add the same difference twice.
    const std::lock_guard lock(mutex_);
    store_commits_.Increment(static_cast<double>(snapshot.store_commits) - store_commits_.Value());
    for (const Leftover& leftover : snapshot.leftovers) {
      auto& met = ceiling_met_.Add({{"kind", std::string(leftover.kind)}});
      met.Increment(static_cast<double>(leftover.times_met) - met.Value());
    }
    for (const Limit& limit : snapshot.limits) {
      auto& met = limit_met_.Add({{"limit", limit.name}});
      met.Increment(static_cast<double>(limit.times_met) - met.Value());
    }
  }
  agents_connected_.Set(static_cast<double>(snapshot.agents_connected));
  agents_leased_.Set(static_cast<double>(snapshot.agents_leased));
  agents_asking_.Set(static_cast<double>(snapshot.agents_asking));
  only_revocations_.Set(snapshot.store_space.only_revocations ? 1 : 0);
  reserve_bytes_.Set(static_cast<double>(snapshot.store_space.reserve));
  if (snapshot.database) SetDatabase(*snapshot.database);
  SetKeyRotation(snapshot.key_rotation);
  restored_store_.Set(snapshot.restored_store ? 1 : 0);
  time_ahead_.Set(static_cast<double>(snapshot.time_ahead_seconds));
  connections_.Set(static_cast<double>(snapshot.connections));
  request_bytes_.Set(static_cast<double>(snapshot.request_bytes));
  quick_waiting_.Set(static_cast<double>(snapshot.quick_waiting));
  hash_waiting_.Set(static_cast<double>(snapshot.hash_waiting));
  hooks_waiting_.Set(static_cast<double>(snapshot.hooks_waiting));
  for (const Leftover& leftover : snapshot.leftovers) {
    const prometheus::Labels kind{{"kind", std::string(leftover.kind)}};
    leftover_records_.Add(kind).Set(static_cast<double>(leftover.records));
    leftover_bytes_.Add(kind).Set(static_cast<double>(leftover.bytes));
    leftover_ceiling_bytes_.Add(kind).Set(static_cast<double>(leftover.ceiling_bytes));
  }
  resident_bytes_.Set(ResidentBytes());
  return prometheus::TextSerializer().Serialize(registry_.Collect());
}

}  // namespace sallyport::http
