// Handles of libcurl, used again and again, so that connections stay open from call to call.
#pragma once

#include <curl/curl.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace sallyport::outgoing {

using CurlHandle = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using CurlList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

// Thread-safe. Outlives its leases.
class Handles {
 public:
  // A handle for one caller at a time; it goes back with the lease.
  class Lease {
   public:
    Lease(Handles& all, CurlHandle handle) : all_(all), handle_(std::move(handle)) {}
    ~Lease() { all_.PutBack(std::move(handle_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    CURL* get() const { return handle_.get(); }

   private:
    Handles& all_;
    CurlHandle handle_;
  };

  // `ca_file`: PEM certificates that peers are verified with; empty: the system's.
  explicit Handles(std::string ca_file) : ca_file_(std::move(ca_file)) {}
  Handles(const Handles&) = delete;
  Handles& operator=(const Handles&) = delete;

  // The one that was used last, if any is free. Time-outs, TLS 1.2 with verified certificates and
  // no signals are set; what the last use set beside is gone.
  Lease Take();

 private:
  // More than this many open connections are not kept while nobody uses them.
  static constexpr size_t kKept = 64;

  void PutBack(CurlHandle handle);

  const std::string ca_file_;
  std::mutex mutex_;
  std::vector<CurlHandle> free_;
};

// A transfer by this handle ends within about a second once `stop` is true. Until the handle's next
// use, which `stop` outlives.
void EndWith(CURL* curl, const std::atomic<bool>& stop);

void Append(CurlList& list, const std::string& line);

}  // namespace sallyport::outgoing
