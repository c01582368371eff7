// Calls: HTTP calls for which no thread waits. One thread makes all of them, over connections that
// stay open. Redirections are not followed, certificates are verified, and plain HTTP
// to this host goes through no proxy, whatever the environment says.
#pragma once

#include <curl/curl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "outgoing/curl.h"

namespace sallyport::outgoing {

// A POST, or a GET where `is_get` says so, which has no body.
struct Call {
  std::string url;
  bool is_get = false;
  std::vector<std::string> headers;  // "Name: value"
  std::string body;
  // From Start to the end of the answer, which includes waiting for a connection.
  int64_t millis = 0;
  // It is not sent before so many milliseconds have passed. Calls are sent in the order in which
  // they were started, so one that waits holds those behind it up.
  int64_t wait_millis = 0;
  // Adds what proves who calls. Called on the thread that makes the call, with all headers.
  std::function<void(CURL*, CurlList&)> authenticate = {};
};

struct Reply {
  enum class Failure {
    kNone,       // there is an answer
    kTimedOut,   // within Call::millis
    kCrowded,    // too many calls were waiting for a connection
    kTransport,  // no connection, a broken one, or an answer that is too long
  };
  Failure failure = Failure::kTransport;
  std::string cause;  // of a failure, for the log
  long status = 0;
  std::string body;
};

// Thread-safe.
class Calls {
 public:
  struct Options {
    std::string ca_file = {};  // PEM; empty: the system's certificates
    size_t connections = 32;   // the most that are open, and calls that are under way
    size_t waiting = 4096;     // the most calls that wait for a connection
    size_t greatest_answer = 64 * 1024;
  };
  using Done = std::function<void(Reply)>;

  explicit Calls(Options options);
  // Ends all calls. Those that are not done never will be.
  ~Calls();
  Calls(const Calls&) = delete;
  Calls& operator=(const Calls&) = delete;

  // `done` is called once, on the thread of this object, and must neither block nor destroy it.
  void Start(Call call, Done done);

 private:
  class Thread;
  std::unique_ptr<Thread> thread_;
};

}  // namespace sallyport::outgoing
