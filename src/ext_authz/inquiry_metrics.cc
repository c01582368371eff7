#include "ext_authz/inquiry_metrics.h"

#include <prometheus/client_metric.h>

#include <cmath>
#include <limits>
#include <utility>

namespace sallyport::ext_authz {
namespace {

using inquiry::Counts;
using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

ClientMetric Count(const std::string& rule, const char* label, const char* value, uint64_t count) {
  ClientMetric metric;
  metric.label = {{"rule", rule}, {label, value}};
  metric.counter.value = static_cast<double>(count);
  return metric;
}

void AddCalls(const std::string& rule, const Counts& counts, MetricFamily& calls) {
  calls.metric.push_back(Count(rule, "outcome", "active", counts.active));
  calls.metric.push_back(Count(rule, "outcome", "refused", counts.refused));
  calls.metric.push_back(Count(rule, "outcome", "timed_out", counts.timed_out));
  calls.metric.push_back(Count(rule, "outcome", "failed", counts.failed));
  calls.metric.push_back(Count(rule, "outcome", "over_ceiling", counts.over_ceiling));
}

void AddSaved(const std::string& rule, const Counts& counts, MetricFamily& saved) {
  saved.metric.push_back(Count(rule, "by", "shared_call", counts.shared));
  saved.metric.push_back(Count(rule, "by", "cached_active", counts.cached_active));
  saved.metric.push_back(Count(rule, "by", "cached_refused", counts.cached_refused));
  saved.metric.push_back(Count(rule, "by", "on_failure_allow", counts.failed_open));
}

ClientMetric Ages(const std::string& rule, const Counts& counts) {
  constexpr double kMillisPerSecond = 1000;
  ClientMetric metric;
  metric.label = {{"rule", rule}};
  uint64_t sum = 0;
  for (size_t i = 0; i < counts.ages.size(); ++i) {
    sum += counts.ages[i];
    const double limit = i < Counts::kAgeLimitMillis.size()
                             ? static_cast<double>(Counts::kAgeLimitMillis[i]) / kMillisPerSecond
                             : std::numeric_limits<double>::infinity();
    metric.histogram.bucket.push_back({sum, limit});
  }
  metric.histogram.sample_count = sum;
  metric.histogram.sample_sum = static_cast<double>(counts.age_sum_millis) / kMillisPerSecond;
  return metric;
}

}  // namespace

void AddInquiryFamilies(const Inquirers& inquirers, std::vector<MetricFamily>& families) {
  if (inquirers.empty()) return;
  MetricFamily calls{.name = "sallyport_agent_inquiry_calls_total",
                     .help = "Calls that asked another service about a token, by outcome",
                     .type = MetricType::Counter,
                     .metric = {}};
  MetricFamily saved{
      .name = "sallyport_agent_inquiry_uncalled_total",
      .help = "Requests that were decided without a call of their own, by what decided them",
      .type = MetricType::Counter,
      .metric = {}};
  MetricFamily ages{
      .name = "sallyport_agent_inquiry_answer_age_seconds",
      .help =
          "Age of the answers by which requests were allowed, counted from when the call was sent",
      .type = MetricType::Histogram,
      .metric = {}};
  for (const auto& [rule, inquirer] : inquirers) {
    const Counts counts = inquirer->counts();
    AddCalls(rule, counts, calls);
    AddSaved(rule, counts, saved);
    ages.metric.push_back(Ages(rule, counts));
  }
  families.insert(families.end(), {std::move(calls), std::move(saved), std::move(ages)});
}

void AddIssuerKeyFamilies(const KeysByRule& keys_by_rule, std::vector<MetricFamily>& families) {
  if (keys_by_rule.empty()) return;
  MetricFamily fetches{.name = "sallyport_agent_issuer_keys_fetches_total",
                       .help = "Fetches of an issuer's keys, by outcome",
                       .type = MetricType::Counter,
                       .metric = {}};
  MetricFamily ages{
      .name = "sallyport_agent_issuer_keys_age_seconds",
      .help = "Age of the issuer's keys in use, counted from when they were requested",
      .type = MetricType::Gauge,
      .metric = {}};
  for (const auto& [rule, keys] : keys_by_rule) {
    const inquiry::IssuerKeys::Counts counts = keys->counts();
    fetches.metric.push_back(Count(rule, "outcome", "fetched", counts.fetched));
    fetches.metric.push_back(Count(rule, "outcome", "failed", counts.failed));
    if (!counts.age_millis) continue;
    ClientMetric age;
    age.label = {{"rule", rule}};
    age.gauge.value = static_cast<double>(*counts.age_millis) / 1000;
    ages.metric.push_back(std::move(age));
  }
  families.insert(families.end(), {std::move(fetches), std::move(ages)});
}

}  // namespace sallyport::ext_authz
