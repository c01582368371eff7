// What the threads count, for metrics.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "authorizer/sallyport.h"

namespace sallyport::ext_authz {

// Written by one thread and read by any.
class Counter {
 public:
  // No other thread writes, so that no locked instruction is needed.
  void Add(uint64_t more = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + more, std::memory_order_relaxed);
  }
  void Subtract(uint64_t less) { Add(-less); }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

// Decisions of one rule by one thread.
struct RuleCounters {
  Counter allowed;
  std::array<Counter, SALLYPORT_REASON_COUNT> denied;  // by sallyport_reason
};

// Connections of one thread.
struct ConnectionCounters {
  Counter open;      // now
  Counter accepted;  // since the start
  Counter evicted;   // closed for others, because there were too many
  Counter timed_out;
  Counter refused_heads;  // requests that are not HTTP/1.1 as it is accepted, or have a body
  Counter unknown_rules;
};

}  // namespace sallyport::ext_authz
