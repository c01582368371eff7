// Handles of libcurl that are reused, so that connections stay open between calls.
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

// Thread-safe. Must outlive its leases.
class Handles {
 public:
  // A handle for one caller at a time. The destructor returns it.
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

  // `ca_file` has the PEM certificates by which peers are verified; empty: the system's.
  explicit Handles(std::string ca_file) : ca_file_(std::move(ca_file)) {}
  Handles(const Handles&) = delete;
  Handles& operator=(const Handles&) = delete;

  // The free handle that was used last, or a new one. Time limits, TLS 1.2 with verified
  // certificates, and no signals are set; all other options of the last use are reset.
  Lease Take();

 private:
  // How many unused connections are kept open at most.
  static constexpr size_t kKept = 64;

  void PutBack(CurlHandle handle);

  const std::string ca_file_;
  std::mutex mutex_;
  std::vector<CurlHandle> free_;
};

// A transfer with this handle ends within about a second once `stop` is true. This holds until the
// handle's next use; `stop` must exist until then.
void EndWith(CURL* curl, const std::atomic<bool>& stop);

void Append(CurlList& list, const std::string& line);

// Prepares a GET by HTTP or HTTPS, but for its headers.
void SetGet(CURL* curl, const std::string& url);
// Prepares a POST by HTTP or HTTPS, but for its headers. `body` must exist until the transfer has
// ended.
void SetPost(CURL* curl, const std::string& url, const std::string& body);

}  // namespace sallyport::outgoing
