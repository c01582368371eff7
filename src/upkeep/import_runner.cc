#include "upkeep/import_runner.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>

#include "base/log.h"
#include "domain/users/user_import.h"
#include "domain/users/user_importer.h"
#include "store/store.h"

namespace sallyport::upkeep {
namespace {

constexpr int kNice = 10;
// For work about which it is not woken: jobs that expire, files that belong to no job, a store that
// has failed.
constexpr auto kInterval = std::chrono::minutes(1);
// Where other servers may have started or stopped a job.
constexpr auto kIntervalBesideOthers = std::chrono::seconds(2);
constexpr auto kRetry = std::chrono::seconds(5);
constexpr int64_t kUploadSeconds = 3600;

base::Status RunOnce(const domain::Services& services, const std::function<bool()>& stopping) {
  SALLYPORT_TRY(domain::RunUserImports(services, stopping));
  SALLYPORT_TRY(domain::ExpireUserImports(services));
  return domain::SweepImportFiles(services, kUploadSeconds);
}

}  // namespace

void ImportRunner::Start(const domain::Services& services) {
  thread_ = std::thread([this, &services] { Run(services); });
}

void ImportRunner::Wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  wake_.notify_one();
}

void ImportRunner::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

bool ImportRunner::stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void ImportRunner::Run(const domain::Services& services) {
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
  // No upload has survived the start of the server.
  if (const auto swept = domain::SweepImportFiles(services, 0); !swept) {
    base::LogError("the files of imports could not be checked", {{"cause", swept.error().cause}});
  }
  while (!stopping()) {
    std::chrono::milliseconds pause =
        services.store.peers() == nullptr ? kInterval : kIntervalBesideOthers;
    try {
      const auto ran = RunOnce(services, [this] { return stopping(); });
      if (!ran) {
        base::LogError("user import interrupted", {{"cause", ran.error().cause}});
        pause = kRetry;
      }
    } catch (const std::exception& error) {
      base::LogError("user import interrupted", {{"cause", error.what()}});
      pause = kRetry;
    }
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, pause, [this] { return woken_ || stopping_; });
    woken_ = false;
  }
}

}  // namespace sallyport::upkeep
