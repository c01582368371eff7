#include "servers_load.h"

#include <fcntl.h>
#include <unistd.h>

#include <iostream>

namespace sallyport::history {
namespace {

constexpr int kLedgers = 3;

TrafficOptions OptionsOf(const RunOptions& options) {
  return {.revokers = 5,
          .live_period = 2 * kMillisecond,
          .poll_period = 3 * kMillisecond,
          .weights = {60, 10, 10, 5, 2, 2, 2, 2, 2, 0, 4, 4},
          .seed = options.seed};
}

void Note(Recorder& recorder, const std::string& what, Nanos from, Nanos to) {
  std::cout << "  " << what << " for " << (to - from) / kMillisecond << " ms\n";
  recorder.Add(
      Fault{.what = what, .server = true, .from = to, .begun = from, .remedy = to, .to = to});
}

}  // namespace

void Stalls::Watch(Recorder& recorder) {
  constexpr Nanos kPeriod = 5 * kMillisecond;
  while (!over_) {
    const Nanos before = Now();
    Pause(kPeriod);
    const Nanos after = Now();
    if (after - before >= kPeriod + stall_) {
      Note(recorder, "the machine gave no time", before, after);
    }
  }
}

// Writes as a database does that confirms a commit.
void Stalls::WatchDisk(Recorder& recorder, const std::string& directory) {
  constexpr Nanos kPeriod = 50 * kMillisecond;
  const int file = open((directory + "/stalls").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  while (!over_) {
    Pause(kPeriod);
    const Nanos before = Now();
    (void)!pwrite(file, &before, sizeof(before), 0);
    fdatasync(file);
    const Nanos after = Now();
    if (after - before >= stall_) Note(recorder, "the disk stood still", before, after);
  }
  close(file);
}

Load::Load(ServersRun& run)
    : stalls_(run.fleet.recorder(), run.bounds.ttl / 8, run.fleet.options().directory),
      traffic_(run.fleet.recorder(), run.fleet.site(), OptionsOf(run.options)) {
  for (int i = 0; i < kLedgers; ++i) {
    ledgers_.push_back(std::make_unique<Ledger>(run.fleet.recorder(), run.fleet.site(), i,
                                                run.options.seed * 100 + i));
    Ledger& ledger = *ledgers_.back();
    threads_.emplace_back([this, &ledger] { ledger.WorkOn(stop_, 20 * kMillisecond); });
  }
}

void Load::Stop() {
  stop_ = true;
  traffic_.Stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Load::Verify() {
  for (auto& ledger : ledgers_) ledger->Verify();
}

void AwaitTraffic(const ServersRun& run) {
  constexpr int64_t kUnderWay = 1000;
  const Nanos give_up = Now() + 30 * kSecond;
  while (run.fleet.recorder().decisions() < kUnderWay && Now() < give_up) Pause(20 * kMillisecond);
}

bool GoesOn(const ServersRun& run) {
  return run.fleet.recorder().decisions() < run.options.decisions;
}

void End(ServersRun& run, Load& load) {
  Pause(run.bounds.recovery());
  load.Stop();
  load.Verify();
}

}  // namespace sallyport::history
