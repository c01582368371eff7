// The Replica with 10 million entries: loading, size, lookups and rebuild. docs/speed.md shows each
// figure with its limit.
#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "revocation/replica_reader.h"
#include "revocation/replica_writer.h"

namespace sallyport::revocation {
namespace {

constexpr uint64_t kEntries = 10'000'000;
constexpr size_t kPage = 10'000;
constexpr size_t kLookups = 1 << 20;
// What a token carries: family, event, jti, client and issuer.
constexpr size_t kBatch = 5;

double Seconds(std::chrono::steady_clock::time_point since) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
}

double PeakMegabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

// As long as a family's origin_jti, but cheap to make, because making it is not what is measured.
std::string Subject(uint64_t number) {
  std::string text = "5f0c6b1e-8a51-4b3c-9b43-000000000000";
  for (size_t i = text.size() - 1; number != 0; --i, number /= 10) {
    text[i] = static_cast<char>('0' + number % 10);
  }
  return text;
}

void FillPage(std::vector<Revocation>& page, uint64_t first) {
  for (size_t i = 0; i < page.size(); ++i) {
    page[i].kind = Kind::kFamily;
    page[i].subject = Subject(first + i);
    page[i].keep_until = 2'000'000'000;
  }
}

// A Replica of kEntries in shared memory, loaded once for the program.
class Loaded {
 public:
  static Loaded& Get() {
    static Loaded loaded;
    return loaded;
  }
  ~Loaded() {
    writer.reset();
    std::filesystem::remove_all(directory);
  }

  void Load() {
    reader.reset();
    std::vector<Revocation> page(kPage);
    LogId log{};
    log.fill(1);
    double making = 0;
    const auto start = std::chrono::steady_clock::now();
    Check(writer->BeginSnapshot(log, kEntries));
    for (uint64_t first = 0; first < kEntries; first += kPage) {
      const auto made = std::chrono::steady_clock::now();
      FillPage(page, first);
      making += Seconds(made);
      Check(writer->AddToSnapshot(page));
    }
    Check(writer->EndSnapshot({kEntries, {}}));
    load_seconds = Seconds(start) - making;
    reader = std::move(ReplicaReader::Open(writer_path, geteuid())).value();
  }
  static void Check(const base::Status& status) {
    if (!status) std::abort();
  }

  std::string directory, writer_path;
  std::unique_ptr<ReplicaWriter> writer;
  std::unique_ptr<ReplicaReader> reader;
  double load_seconds = 0;

 private:
  Loaded() {
    char name[] = "/dev/shm/sallyport-bench-XXXXXX";
    if (mkdtemp(name) == nullptr || chmod(name, 0755) != 0) std::abort();
    directory = name;
    writer_path = directory + "/replica";
    ReplicaWriter::Options options;
    options.path = writer_path;
    options.parse_key = [](std::string_view) { return std::nullopt; };
    writer = std::move(ReplicaWriter::Open(std::move(options))).value();
    Load();
  }
};

// Waits until all loads before it have their data.
void Wait() {
#if defined(__x86_64__)
  __builtin_ia32_lfence();
#elif defined(__aarch64__)
  asm volatile("dsb ld; isb" ::: "memory");
#endif
}

// Hashes to look up: all in the table, or none.
std::vector<uint64_t> Hashes(bool present) {
  std::vector<uint64_t> hashes(kLookups);
  for (uint64_t& hash : hashes) {
    hash = Loaded::Get().reader->Hash(
        Kind::kFamily, Subject(base::RandomU64() % kEntries + (present ? 0 : 2 * kEntries)));
  }
  return hashes;
}

void ReplicaLoad(benchmark::State& state) {
  Loaded& loaded = Loaded::Get();
  for (auto _ : state) {
    loaded.Load();
    state.SetIterationTime(loaded.load_seconds);
  }
  const ReplicaStatus status = loaded.writer->status();
  state.counters["bytes_per_entry"] =
      static_cast<double>(status.table_capacity * 8) / static_cast<double>(status.entries);
  state.counters["agent_bytes_per_entry"] =
      static_cast<double>(status.memory_bytes) / static_cast<double>(status.entries);
  state.counters["peak_megabytes"] = PeakMegabytes();
}
BENCHMARK(ReplicaLoad)->UseManualTime()->Iterations(1)->Unit(benchmark::kSecond);

// All lookups of a batch are started before the first is waited for, as in a decision.
void ReplicaLookupOverlapped(benchmark::State& state) {
  const ReplicaReader& reader = *Loaded::Get().reader;
  const std::vector<uint64_t> hashes = Hashes(state.range(0) != 0);
  size_t next = 0;
  uint64_t found = 0;
  for (auto _ : state) {
    const uint64_t* batch = &hashes[next];
    next = (next + kBatch) % (kLookups - kBatch);
    for (size_t i = 0; i < kBatch; ++i) reader.Prefetch(batch[i]);
    for (size_t i = 0; i < kBatch; ++i) found += reader.Contains(batch[i]) ? 1 : 0;
  }
  benchmark::DoNotOptimize(found);
  state.counters["ns_per_lookup"] =
      benchmark::Counter(static_cast<double>(state.iterations() * kBatch) * 1e-9,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(ReplicaLookupOverlapped)->ArgName("present")->Arg(0)->Arg(1);

// One lookup at a time: nothing of the next begins before the last has its answer.
void ReplicaLookupDependent(benchmark::State& state) {
  const ReplicaReader& reader = *Loaded::Get().reader;
  const std::vector<uint64_t> hashes = Hashes(state.range(0) != 0);
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(reader.Contains(hashes[next]));
    next = (next + 1) % kLookups;
    Wait();
  }
}
BENCHMARK(ReplicaLookupDependent)->ArgName("present")->Arg(0)->Arg(1);

// A rebuild under a lease: how long it takes, the longest slice that an entry can have to wait for,
// and how long a reader goes without a usable file (the remapping itself).
void ReplicaRebuild(benchmark::State& state) {
  Loaded& loaded = Loaded::Get();
  base::SystemClock clock;
  uint64_t sequence = kEntries;
  for (auto _ : state) {
    loaded.Load();
    loaded.writer->SetLease({1, clock.BootNanos() + 60'000'000'000, 60'000'000'000,
                             clock.WallMillis() - clock.BootNanos() / 1'000'000});
    std::vector<Revocation> one(1);
    FillPage(one, 3 * kEntries);
    Loaded::Check(loaded.writer->Apply(one, {++sequence, {}}));
    double longest = 0;
    const auto start = std::chrono::steady_clock::now();
    bool more = true;
    while (more) {
      const auto slice = std::chrono::steady_clock::now();
      more = loaded.writer->Work().value();
      longest = std::max(longest, Seconds(slice));
    }
    state.SetIterationTime(Seconds(start));
    const auto remap = std::chrono::steady_clock::now();
    loaded.reader = std::move(ReplicaReader::Open(loaded.writer_path, geteuid())).value();
    state.counters["remap_microseconds"] = Seconds(remap) * 1e6;
    state.counters["longest_slice_milliseconds"] = longest * 1e3;
    const bool holds = loaded.reader->CheckLease(1, clock) == Lease::kHolds;
    if (!holds) state.SkipWithError("the lease did not outlive the rebuild");
  }
  const ReplicaStatus status = loaded.writer->status();
  state.counters["bytes_per_entry"] =
      static_cast<double>(status.table_capacity * 8) / static_cast<double>(status.entries);
  state.counters["peak_megabytes"] = PeakMegabytes();
}
BENCHMARK(ReplicaRebuild)->UseManualTime()->Iterations(1)->Unit(benchmark::kSecond);

}  // namespace
}  // namespace sallyport::revocation
