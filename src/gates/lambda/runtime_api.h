// RuntimeApi: a client of AWS Lambda's Runtime API (version 2018-06-01), which gives a function its
// events one after another.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "lambda/reply.h"

namespace sallyport::lambda {

struct Invocation {
  std::string request_id;
  int64_t deadline_millis = 0;  // by this host's wall clock, Unix milliseconds; 0: unknown
  std::string event;
};

// All functions block. Not thread-safe.
class RuntimeApi {
 public:
  // `address` is the value of AWS_LAMBDA_RUNTIME_API: HOST:PORT.
  explicit RuntimeApi(std::string_view address);
  ~RuntimeApi();
  RuntimeApi(const RuntimeApi&) = delete;
  RuntimeApi& operator=(const RuntimeApi&) = delete;

  // Waits for the next event, for as long as it takes.
  base::Result<Invocation> Next();
  base::Status Answer(const Invocation& invocation, const Reply& reply);
  // The function cannot start.
  base::Status FailToStart(const base::Error& error);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace sallyport::lambda
