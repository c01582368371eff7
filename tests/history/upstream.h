// Upstream: the API behind the gates. It notes when it has read each request completely, which is
// the truth about what a gate has let through.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>

#include "history.h"

namespace sallyport::history {

// Answers every request with a short 200. A request with `Upgrade: websocket` gets a 101 and then a
// small text frame every 20 ms, as long as the connection lives.
class Upstream {
 public:
  Upstream();
  ~Upstream();
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  uint16_t port() const { return port_; }
  // When request `number` (its header X-Request) had been read completely; 0: never. Thread-safe.
  Nanos Reached(uint64_t number) const;

 private:
  struct Peer {
    std::string in;
    bool streaming = false;
  };

  void Run();
  void Accept();
  // False: the connection is over.
  bool Read(int fd, Peer& peer);
  bool AnswerAll(int fd, Peer& peer);
  void SendFrames();

  int listener_ = -1;
  int poller_ = -1;
  uint16_t port_ = 0;
  std::map<int, Peer> peers_;
  mutable std::mutex mutex_;
  std::unordered_map<uint64_t, Nanos> reached_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace sallyport::history
