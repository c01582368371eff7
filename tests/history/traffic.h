// Traffic: the concurrent clients of a run.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "recorder.h"
#include "revoker.h"

namespace sallyport::history {

struct TrafficOptions {
  int revokers = 8;  // each with a poller beside it
  int slow_bodies = 0;
  int streams = 0;
  // Nanoseconds between two requests of a client that asks with a token that stays valid, and with
  // tokens that were revoked long ago. There is one such client for each gate.
  Nanos live_period = 2 * kMillisecond;
  // A poller's pause between two rounds.
  Nanos poll_period = kMillisecond;
  // A revoker waits before each revoke, at random up to so long: where an answer of a gate takes
  // long, what it does would otherwise always begin when such an answer has come.
  Nanos revoke_pause = 0;
  // How often each Cause is chosen, in relation to the others.
  std::array<int, kCauseCount> weights{};
  uint32_t seed = 1;
};

class Traffic {
 public:
  Traffic(Recorder& recorder, Site& site, const TrafficOptions& options);
  // Ends all clients and waits for them.
  ~Traffic() { Stop(); }
  void Stop();

 private:
  // What a revoker tells its poller to ask with.
  struct Hot {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<Bearer> bearers;
  };

  void Revoking(uint32_t seed, Hot& hot);
  void Polling(Hot& hot);
  void Living(Id gate, uint32_t seed);
  void PostingSlowly(Id gate, uint32_t seed);
  void Streaming(Id gate, uint32_t seed, bool revoke);

  Cause Choose(std::mt19937& random) const;
  void Bury(const std::vector<Bearer>& bearers, std::mt19937& random);
  std::optional<Bearer> Exhume(std::mt19937& random);

  Recorder& recorder_;
  Site& site_;
  TrafficOptions options_;
  std::atomic<bool> stop_{false};
  std::mutex graves_mutex_;
  std::vector<Bearer> graves_;  // revoked, a random choice
  std::vector<std::unique_ptr<Hot>> hots_;
  std::vector<std::thread> threads_;
};

}  // namespace sallyport::history
