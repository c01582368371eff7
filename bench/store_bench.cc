// The store on this disk, beside the disk itself: reads, commits alone and in groups, and commits
// while the WAL is copied. Each row carries the median, the 99th percentile and the maximum (us).
// The files lie in the working directory: a RAM disk would prove nothing.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include "store/sqlite/sqlite_store.h"

namespace sallyport::store {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kRecords = 100'000;

class Directory {
 public:
  Directory() {
    std::string path = std::filesystem::current_path() / "store-bench-XXXXXX";
    if (mkdtemp(path.data()) == nullptr) std::abort();
    path_ = path;
  }
  ~Directory() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string Key(size_t number) {
  return "user/eu-west-1_AbCdEfGhI/" + std::to_string(number);
}

// Made once for the program: a pool of users.
Store& Filled() {
  static const Directory directory;
  static const std::unique_ptr<Store> store = [] {
    auto opened = OpenSqlite(directory.path() + "/data");
    if (!opened) std::abort();
    for (int i = 0; i < kRecords; i += 1000) {
      const auto committed = (*opened)->Update([&](Tx& tx) -> base::Status {
        for (int k = i; k < i + 1000; ++k) {
          SALLYPORT_TRY(tx.Put(Key(k), std::string(700, 'v'), {{"users", Key(k)}}));
        }
        return {};
      });
      if (!committed || !committed->outcome) std::abort();
    }
    return std::move(*opened);
  }();
  return *store;
}

// A revocation and its cause, as a sign-out writes them.
bool Revoke(Store& store, size_t number) {
  const auto committed = store.UpdateRevoking([&](LogTx& tx) -> base::Status {
    SALLYPORT_ASSIGN(const auto value, tx.Get(Key(number)));
    SALLYPORT_TRY(tx.Put(Key(number), *value, {{"users", Key(number)}}));
    return tx.Append({revocation::Kind::kFamily, "6a1f3c1e-7d0b-4a8e-9f64-0b9d5c2e8a71", "",
                      revocation::kNever});
  });
  return committed.ok() && committed->outcome.ok();
}

// Times of all threads of a run; reports when the last one is done.
class Times {
 public:
  void Begin(const benchmark::State& state) {
    std::lock_guard lock(mutex_);
    if (running_++ == 0 && done_ == 0) micros_.clear();
    threads_ = state.threads();
  }
  void End(benchmark::State& state, const std::vector<double>& micros) {
    std::lock_guard lock(mutex_);
    micros_.insert(micros_.end(), micros.begin(), micros.end());
    --running_;
    if (++done_ < threads_) return;
    done_ = 0;
    std::sort(micros_.begin(), micros_.end());
    const auto at = [&](double part) { return micros_[size_t(part * double(micros_.size() - 1))]; };
    state.counters["p50_us"] = at(0.5);
    state.counters["p99_us"] = at(0.99);
    state.counters["max_us"] = at(1);
  }

 private:
  std::mutex mutex_;
  int running_ = 0;
  int done_ = 0;
  int threads_ = 1;
  std::vector<double> micros_;
};

template <typename Work>
void Measure(benchmark::State& state, Times& times, const Work& work) {
  times.Begin(state);
  std::vector<double> micros;
  for (auto _ : state) {
    const auto began = Clock::now();
    if (!work()) state.SkipWithError("the store failed");
    micros.push_back(std::chrono::duration<double, std::micro>(Clock::now() - began).count());
  }
  times.End(state, micros);
}

// The physical limit of a commit: append a page, then fdatasync.
void DiskSync(benchmark::State& state) {
  static Times times;
  const Directory directory;
  const int fd = open((directory.path() + "/file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  const std::array<char, 4096> page{};
  // The blocks are there already, as in a WAL that has begun from its start again.
  for (int i = 0; i < 4096; ++i) {
    if (write(fd, page.data(), page.size()) < 0) std::abort();
  }
  fsync(fd);
  off_t at = 0;
  Measure(state, times, [&] {
    at = (at + 4096) % (4096 * 4096);
    return pwrite(fd, page.data(), page.size(), at) == 4096 && fdatasync(fd) == 0;
  });
  close(fd);
}
BENCHMARK(DiskSync)->UseRealTime()->MinTime(2);

void Get(benchmark::State& state) {
  static Times times;
  Store& store = Filled();
  std::minstd_rand random(unsigned(state.thread_index()) + 1);
  Measure(state, times, [&] { return store.Get(Key(random() % kRecords)).ok(); });
}
BENCHMARK(Get)->UseRealTime()->Threads(1)->Threads(4);

void Commit(benchmark::State& state) {
  static Times times;
  Store& store = Filled();
  std::minstd_rand random(unsigned(state.thread_index()) + 1);
  // Several times the bound of the WAL, so that checkpoints are part of the measurement.
  Measure(state, times, [&] { return Revoke(store, random() % kRecords); });
}
BENCHMARK(Commit)->UseRealTime()->MinTime(5)->Threads(1)->Threads(16);

}  // namespace
}  // namespace sallyport::store
