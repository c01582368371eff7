#include "outgoing/curl.h"

#include <cstdlib>
#include <utility>

namespace sallyport::outgoing {
namespace {

constexpr long kConnectMillis = 10'000;
constexpr long kWholeMillis = 60'000;

void InitialiseOnce() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) std::abort();
  });
}

// libcurl calls this at least once a second. A result other than 0 ends the transfer.
int Progress(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(stop)->load() ? 1 : 0;
}

}  // namespace

Handles::Lease Handles::Take() {
  InitialiseOnce();
  CurlHandle handle(nullptr, curl_easy_cleanup);
  {
    const std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      handle = std::move(free_.back());
      free_.pop_back();
    }
  }
  if (!handle) handle.reset(curl_easy_init());
  CURL* const curl = handle.get();
  if (curl == nullptr) std::abort();
  curl_easy_reset(curl);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectMillis);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, kWholeMillis);
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!ca_file_.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file_.c_str());
  return {*this, std::move(handle)};
}

void Handles::PutBack(CurlHandle handle) {
  const std::lock_guard lock(mutex_);
  if (free_.size() < kKept) free_.push_back(std::move(handle));
}

void EndWith(CURL* curl, const std::atomic<bool>& stop) {
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, Progress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &stop);
}

void Append(CurlList& list, const std::string& line) {
  curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) std::abort();
  list.release();  // NOLINT(bugprone-unused-return-value): the head of `longer`
  list.reset(longer);
}

void SetGet(CURL* curl, const std::string& url) {
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
}

void SetPost(CURL* curl, const std::string& url, const std::string& body) {
  SetGet(curl, url);
  curl_easy_setopt(curl, CURLOPT_POST, 1L);
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
}

}  // namespace sallyport::outgoing
