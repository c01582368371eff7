// Metrics: what the server counts, for Prometheus.
#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "store/store.h"

namespace sallyport::http {

// Thread-safe.
class Metrics {
 public:
  Metrics();

  // Counts an answered call. `code` is the wire code of its error; empty: success.
  void CountRequest(std::string_view operation, std::string_view code, double seconds);
  // Records how long a revoking call waited for its release.
  void ObserveRelease(double seconds) { release_seconds_->Observe(seconds); }

  // Counts one hook with all its attempts. Each label must be one of few values.
  void CountHook(std::string_view transport, std::string_view outcome, double seconds);

  // What callers without credentials have left behind, for one kind of Leftover
  // (domain/limits/ceilings.h).
  struct Leftover {
    std::string_view kind;
    int64_t records = 0;
    int64_t bytes = 0;
    int64_t ceiling_bytes = 0;
    uint64_t times_met = 0;  // how often the ceiling was reached
  };
  // How often a limit on calls has refused one (domain/limits/throttle.h).
  struct Limit {
    std::string name;
    uint64_t times_met = 0;
  };
  // The rotation of signing keys (domain/keys/key_rotation.h).
  struct KeyRotation {
    // How often each step was taken, by its name.
    std::vector<std::pair<const char*, uint64_t>> steps;
    uint64_t failures = 0;
    // How many keys wait for their next step, by their stage.
    std::vector<std::pair<const char*, size_t>> waiting;
  };
  // Values that are measured only when the metrics are read.
  struct Snapshot {
    uint64_t log_head = 0;
    uint64_t log_released = 0;
    uint64_t store_commits = 0;
    store::Space store_space;
    std::optional<store::DatabaseFigures> database;  // nullopt: the store is embedded
    size_t agents_connected = 0;
    size_t agents_leased = 0;
    size_t agents_asking = 0;
    bool restored_store = false;
    int64_t time_ahead_seconds = 0;
    size_t connections = 0;
    size_t request_bytes = 0;
    size_t quick_waiting = 0;
    size_t hash_waiting = 0;
    size_t hooks_waiting = 0;
    std::vector<Leftover> leftovers;
    std::vector<Limit> limits;
    KeyRotation key_rotation;
  };
  // In the Prometheus text exposition format 0.0.4.
  std::string Render(const Snapshot& snapshot);

 private:
  prometheus::Gauge& AddGauge(const std::string& name, const std::string& help);

  void SetKeyRotation(const KeyRotation& rotation);
  // Of the store's database; the series are there where there is one.
  void SetDatabase(const store::DatabaseFigures& figures);

  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>& requests_;
  prometheus::Family<prometheus::Histogram>& request_seconds_;
  prometheus::Family<prometheus::Histogram>& hook_seconds_;
  prometheus::Histogram* release_seconds_;
  prometheus::Gauge& log_head_;
  prometheus::Gauge& log_released_;
  prometheus::Counter& store_commits_;
  prometheus::Gauge& agents_connected_;
  prometheus::Gauge& agents_leased_;
  prometheus::Gauge& agents_asking_;
  prometheus::Gauge& only_revocations_;
  prometheus::Gauge& reserve_bytes_;
  prometheus::Gauge& restored_store_;
  prometheus::Gauge& time_ahead_;
  prometheus::Gauge& connections_;
  prometheus::Gauge& request_bytes_;
  prometheus::Gauge& quick_waiting_;
  prometheus::Gauge& hash_waiting_;
  prometheus::Gauge& hooks_waiting_;
  prometheus::Family<prometheus::Gauge>& leftover_records_;
  prometheus::Family<prometheus::Gauge>& leftover_bytes_;
  prometheus::Family<prometheus::Gauge>& leftover_ceiling_bytes_;
  prometheus::Family<prometheus::Counter>& ceiling_met_;
  prometheus::Family<prometheus::Counter>& limit_met_;
  prometheus::Gauge& resident_bytes_;
  prometheus::Gauge& start_seconds_;

  // The series that exist so far, so that they are found without building label maps. The model
  // bounds their number.
  std::mutex mutex_;
  std::unordered_map<std::string, prometheus::Counter*> counters_;
  std::unordered_map<std::string, prometheus::Histogram*> histograms_;
};

}  // namespace sallyport::http
