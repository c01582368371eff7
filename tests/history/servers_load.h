// The clients of a run with several servers.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "ledger.h"
#include "servers_scenarios.h"
#include "traffic.h"

namespace sallyport::history {

// Where the machine gives its processes no time, no lease is renewed in time, and nothing follows
// for the programs. So each time at which a thread that only sleeps wakes up late is a fault of its
// own: denials and late answers near it are excused, and nothing else is. The same for a disk that
// stands still: no commit is confirmed meanwhile, and so no lease is granted.
class Stalls {
 public:
  // `directory` is on the disk that the run uses.
  Stalls(Recorder& recorder, Nanos stall, const std::string& directory)
      : stall_(stall),
        thread_([this, &recorder] { Watch(recorder); }),
        disk_thread_([this, &recorder, directory] { WatchDisk(recorder, directory); }) {}
  ~Stalls() {
    over_ = true;
    thread_.join();
    disk_thread_.join();
  }
  Stalls(const Stalls&) = delete;
  Stalls& operator=(const Stalls&) = delete;

 private:
  void Watch(Recorder& recorder);
  void WatchDisk(Recorder& recorder, const std::string& directory);

  const Nanos stall_;
  std::atomic<bool> over_{false};
  std::thread thread_;
  std::thread disk_thread_;
};

// Signs in, revokes and asks all gates, until it is stopped.
class Load {
 public:
  explicit Load(ServersRun& run);
  ~Load() { Stop(); }
  Load(const Load&) = delete;
  Load& operator=(const Load&) = delete;

  void Stop();
  // After Stop, while nothing is wrong: whether all is there that was acknowledged.
  void Verify();

 private:
  Stalls stalls_;
  Traffic traffic_;
  std::atomic<bool> stop_{false};
  std::vector<std::unique_ptr<Ledger>> ledgers_;
  std::vector<std::thread> threads_;
};

// Until all clients have signed in for the first time, however slow the machine is.
void AwaitTraffic(const ServersRun& run);
// Whether there must be more, for as many decisions as the command line asks for.
bool GoesOn(const ServersRun& run);
// Lets everything become well, ends the load and asks for what was acknowledged.
void End(ServersRun& run, Load& load);

}  // namespace sallyport::history
