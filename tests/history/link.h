// Link: the network between an agent and the server, as a TCP proxy that can fail.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "history.h"

namespace sallyport::history {

enum class LinkState {
  kOpen,
  kCut,    // connections are reset, new ones are refused by closing
  kStall,  // nothing passes, nothing is closed
};

// Thread-safe: Set may be called from any thread.
class Link {
 public:
  // Forwards from port() to `target` on 127.0.0.1.
  explicit Link(uint16_t target);
  ~Link();
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  uint16_t port() const { return port_; }
  // Returns once the state has taken effect.
  void Set(LinkState state);
  // Each chunk passes this much later, in both directions.
  void SetDelay(Nanos delay) { delay_ = delay; }

 private:
  struct Chunk {
    Nanos due;
    std::vector<char> bytes;
  };
  struct Pipe {  // one direction
    int from, to;
    std::vector<Chunk> waiting;
  };

  void Run();
  void Accept();
  void Pump(Pipe& pipe);
  void CloseBoth(Pipe& pipe);

  uint16_t target_;
  uint16_t port_ = 0;
  int listener_ = -1;
  std::vector<Pipe> pipes_;  // each connection's two, side by side
  std::atomic<LinkState> state_{LinkState::kOpen};
  std::atomic<Nanos> delay_{0};
  std::atomic<uint64_t> turns_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace sallyport::history
