// Network: hosts in network namespaces of their own, and the wire between them. Every IP packet
// passes through this program, which loses it, delays it, or hands it on, for each direction of
// each pair of hosts as Set says. So a path can be cut in one direction only, and nobody is told.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "history.h"

namespace sallyport::history {

// One direction between two hosts.
struct Path {
  bool cut = false;
  Nanos delay = 0;
  int lost_of_thousand = 0;
};

// Thread-safe.
class Network {
 public:
  // nullptr: this user may not make namespaces.
  static std::unique_ptr<Network> Make(int hosts);
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  // For Endpoint and Command.
  int NamespaceOf(int host) const { return hosts_[host].space; }
  static std::string AddressOf(int host) { return "10.91.0." + std::to_string(host + 1); }

  void Set(int from, int to, Path path);
  // In both directions.
  void SetBoth(int one, int other, Path path);
  // Everything passes again.
  void Heal();

 private:
  static constexpr int kGreatestHosts = 16;
  static constexpr size_t kGreatestPacket = 9000;
  struct Host {
    int space = -1;
    int device = -1;
  };
  struct Packet {
    int to;
    std::vector<uint8_t> bytes;
  };

  Network() = default;
  // Makes a namespace with a device and an address. False: this user may not.
  bool AddHost();
  void Run();
  void Receive(int from);
  void SendDue();

  std::vector<Host> hosts_;
  std::mutex mutex_;
  // guarded by mutex_
  std::array<std::array<Path, kGreatestHosts>, kGreatestHosts> paths_{};
  // The thread's alone.
  std::multimap<Nanos, Packet> delayed_;  // by when they are due
  std::mt19937 random_{1};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace sallyport::history
