#include "delivery/curl.h"

#include <cstdlib>
#include <mutex>
#include <unordered_map>

namespace sallyport::delivery {
namespace {

constexpr long kConnectMillis = 10'000;
constexpr long kWholeMillis = 60'000;

void InitialiseOnce() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) std::abort();
  });
}

}  // namespace

CURL* ThreadHandle(const void* owner, const std::string& ca_file) {
  InitialiseOnce();
  thread_local std::unordered_map<const void*, CurlHandle> handles;
  auto [found, inserted] = handles.try_emplace(owner, nullptr, curl_easy_cleanup);
  if (inserted) found->second.reset(curl_easy_init());
  CURL* const curl = found->second.get();
  if (curl == nullptr) std::abort();
  curl_easy_reset(curl);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, kConnectMillis);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, kWholeMillis);
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, ca_file.c_str());
  return curl;
}

void Append(CurlList& list, const std::string& line) {
  curl_slist* const longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) std::abort();
  list.release();  // NOLINT(bugprone-unused-return-value): the head of `longer`
  list.reset(longer);
}

}  // namespace sallyport::delivery
