// SessionNumbers: unique names for the SRP sessions of one run of the server.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace sallyport::domain {

// The name of a session, which no other session gets.
struct SessionNumber {
  std::string run;
  uint64_t number = 0;
};

// Thread-safe. One for each run of a server.
class SessionNumbers {
 public:
  SessionNumbers();
  SessionNumber Next() { return {run_, next_++}; }

 private:
  const std::string run_;
  std::atomic<uint64_t> next_{0};
};

}  // namespace sallyport::domain
