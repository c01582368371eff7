// The memory that requests and their answers take, of all connections together.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <string_view>

#include "http1/head.h"

namespace sallyport::http1 {

// Thread-safe.
class RequestMemory {
 public:
  explicit RequestMemory(size_t limit) : limit_(limit) {}

  size_t used() const { return used_; }
  size_t limit() const { return limit_; }

 private:
  friend class Held;

  bool Take(size_t bytes) {
    size_t used = used_;
    do {
      if (bytes > limit_ - used) return false;
    } while (!used_.compare_exchange_weak(used, used + bytes));
    return true;
  }
  void Give(size_t bytes) { used_ -= bytes; }

  const size_t limit_;
  std::atomic<size_t> used_{0};  // never above limit_
};

// What one connection holds. Used by the connection alone, but for beyond_free().
class Held {
 public:
  // What a connection may hold without being counted. Most calls need no more, so they are served
  // whoever else takes all that there is.
  static constexpr size_t kFree = 8 * 1024;

  explicit Held(RequestMemory& all) : all_(all) {}
  ~Held() { Set(0); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  // From now on the connection holds `bytes`. False: others hold too much, and nothing is changed.
  bool Set(size_t bytes) {
    const size_t before = beyond_free_;
    const size_t after = bytes > kFree ? bytes - kFree : 0;
    if (after > before && !all_.Take(after - before)) return false;
    if (after < before) all_.Give(before - after);
    beyond_free_ = after;
    return true;
  }
  size_t beyond_free() const { return beyond_free_; }

 private:
  RequestMemory& all_;
  std::atomic<size_t> beyond_free_{0};
};

// At most so much is taken by what is parsed of a body in JSON or of a form, beside the body
// itself. Small ones are free: no more of them are parsed at a time than there are places in the
// queues.
//
// Parsed, a body can be ten times as large: each value of `[[0],[0],...]` is a node of its own.
// Characters that begin or part values stand for nodes, those within a text too: it is a bound.
inline size_t ParsedBytes(std::string_view body) {
  constexpr size_t kFreeBytes = 8 * 1024;
  constexpr size_t kNodeBytes = 64;  // a node in an array that grows, or half of one in an object
  const auto nodes = static_cast<size_t>(std::count_if(body.begin(), body.end(), [](char c) {
    return c == ',' || c == ':' || c == '[' || c == '{' || c == '&';
  }));
  const size_t bytes = body.size() + nodes * kNodeBytes;
  return bytes > kFreeBytes ? bytes : 0;
}

// There is no memory for the request at the moment.
inline constexpr Refusal kNoMemory{
    503, "the requests that are being read take all the memory that there is for them: try again"};

}  // namespace sallyport::http1
