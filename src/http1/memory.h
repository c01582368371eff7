// Limits the memory that requests and their answers use, on all connections together.
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

// The memory of one connection. Only the connection uses it, except for beyond_free() and
// counts_request().
class Held {
 public:
  // What a connection may use without being counted. Most calls need no more, so they are served
  // even if others use up the limit.
  static constexpr size_t kFree = 8 * 1024;

  explicit Held(RequestMemory& all) : all_(all) {}
  ~Held() {
    base_ = 0;
    Set(0);
  }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  // What the connection uses until it ends, in addition to what is declared by Set(). It counts
  // from the next call of Set().
  void SetBase(size_t bytes) { base_ = bytes; }

  // Declares that the connection now uses `bytes`. False: others use too much; nothing is changed.
  bool Set(size_t bytes) {
    const size_t before = beyond_free_;
    const size_t after = BeyondFree(base_ + bytes);
    if (after > before && !all_.Take(after - before)) return false;
    if (after < before) all_.Give(before - after);
    beyond_free_ = after;
    return true;
  }
  size_t beyond_free() const { return beyond_free_; }
  // Whether more is counted than an idle connection would use.
  bool counts_request() const { return beyond_free_ > BeyondFree(base_); }

 private:
  static size_t BeyondFree(size_t bytes) { return bytes > kFree ? bytes - kFree : 0; }

  RequestMemory& all_;
  std::atomic<size_t> base_{0};
  std::atomic<size_t> beyond_free_{0};
};

// An upper bound for the memory of a JSON body or form after parsing, in addition to the body
// itself. Small ones count as 0, because no more of them are parsed at the same time than there are
// places in the queues.
//
// The parsed form can be ten times as large as the body: each value in `[[0],[0],...]` is a node of
// its own. Every character that begins or separates values is counted as a node, even within a
// text, so the result is never too small.
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
    503, "the requests that are being read take all the memory that they may use: try again"};

}  // namespace sallyport::http1
