#include "sink/report.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <utility>
#include <vector>

namespace sallyport::sink {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

// Longer than this is a problem.
constexpr int64_t kMuchLagMillis = 5'000;

MetricFamily Family(MetricType type, std::string name, std::string help, double value) {
  prometheus::ClientMetric metric;
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  return {"sallyport_sink_" + std::move(name), std::move(help), type, {std::move(metric)}};
}

template <typename Number>
MetricFamily Gauge(std::string name, std::string help, Number value) {
  return Family(MetricType::Gauge, std::move(name), std::move(help), static_cast<double>(value));
}

template <typename Number>
MetricFamily Counter(std::string name, std::string help, Number value) {
  return Family(MetricType::Counter, std::move(name), std::move(help), static_cast<double>(value));
}

}  // namespace

std::string ProblemsOf(const Report& report) {
  std::string problems;
  if (!report.connected) {
    problems += "The feed is not connected: " + report.feed_problem + "\n";
  } else if (!report.following) {
    problems += "The table does not have the log yet.\n";
  } else if (report.leases && !report.holds_lease) {
    problems += "The server grants no lease, so revoking calls do not wait for the table.\n";
  }
  if (!report.table_problem.empty()) {
    problems += "The table cannot be written to: " + report.table_problem + "\n";
  }
  if (report.lag_millis > kMuchLagMillis) {
    problems += "The table lags by " + std::to_string(report.lag_millis / 1000) + " s.\n";
  }
  return problems;
}

std::string ToMetrics(const Report& report) {
  const std::vector<MetricFamily> families = {
      Gauge("healthy", "1 while the table is up to date; GET /healthz says what is wrong",
            ProblemsOf(report).empty()),
      Gauge("connected", "1 while the feed is connected", report.connected),
      Gauge("holds_lease", "1 while revoking calls wait for the table", report.holds_lease),
      Gauge("sequence", "Sequence number up to which the table has the log", report.sequence),
      Gauge("received_sequence", "Sequence number up to which the server has sent the log",
            report.received),
      Gauge("lag_seconds",
            "For how long the table may have been behind; it grows while the feed is lost, too",
            static_cast<double>(report.lag_millis) / 1e3),
      Counter("items_total", "Items written", report.items),
      Counter("frames_total", "Frames of entries whose position is in the table", report.frames),
      Counter("frame_seconds_total",
              "Time from the arrival of these to their position in the table",
              static_cast<double>(report.frame_nanos) / 1e9),
      Counter("failures_total", "Calls to the table that had to be repeated", report.failures),
      Counter("conflicts_total", "How often another sink has moved the position", report.conflicts),
      Counter("losses_total", "How often the table had lost what was written to it", report.losses),
      Counter("connects_total", "Connections made", report.connects),
      Counter("snapshots_total", "Snapshots mirrored", report.snapshots),
  };
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace sallyport::sink
