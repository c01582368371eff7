#include "network.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "http_client.h"

namespace sallyport::history {
namespace {

constexpr int kTurnMillis = 20;
constexpr const char* kDevice = "wire";

// In the calling thread's namespace.
bool Configure(int control, unsigned long request, ifreq& what, const char* device) {
  std::strncpy(what.ifr_name, device, IFNAMSIZ - 1);
  return ioctl(control, request, &what) == 0;
}

bool Up(int control, const char* device) {
  ifreq flags{};
  flags.ifr_flags = IFF_UP | IFF_RUNNING;
  return Configure(control, SIOCSIFFLAGS, flags, device);
}

bool SetAddress(int control, unsigned long request, const std::string& address) {
  ifreq what{};
  sockaddr_in internet{};
  internet.sin_family = AF_INET;
  inet_pton(AF_INET, address.c_str(), &internet.sin_addr);
  std::memcpy(&what.ifr_addr, &internet, sizeof(internet));
  return Configure(control, request, what, kDevice);
}

// A device whose packets are read and written here. -1: this user may not have one.
int MakeDevice(const std::string& address, int greatest_packet) {
  const int device = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
  const int control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq kind{};
  kind.ifr_flags = IFF_TUN | IFF_NO_PI;
  ifreq size{};
  size.ifr_mtu = greatest_packet;
  const bool made = device >= 0 && control >= 0 && Configure(device, TUNSETIFF, kind, kDevice) &&
                    Configure(control, SIOCSIFMTU, size, kDevice) &&
                    SetAddress(control, SIOCSIFADDR, address) &&
                    SetAddress(control, SIOCSIFNETMASK, "255.255.255.0") && Up(control, kDevice) &&
                    Up(control, "lo");
  close(control);
  if (made) return device;
  close(device);
  return -1;
}

}  // namespace

std::unique_ptr<Network> Network::Make(int hosts) {
  std::unique_ptr<Network> network(new Network());
  for (int i = 0; i < hosts; ++i) {
    if (!network->AddHost()) return nullptr;
  }
  network->thread_ = std::thread([raw = network.get()] { raw->Run(); });
  return network;
}

Network::~Network() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
  for (const Host& host : hosts_) {
    close(host.device);
    close(host.space);
  }
}

bool Network::AddHost() {
  Host host;
  // A namespace belongs to the thread that makes it.
  std::thread([&] {
    if (unshare(CLONE_NEWNET) != 0) return;
    host.space = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
    host.device = MakeDevice(AddressOf(static_cast<int>(hosts_.size())), kGreatestPacket);
  }).join();
  if (host.device < 0) {
    close(host.space);
    return false;
  }
  hosts_.push_back(host);
  return true;
}

void Network::Set(int from, int to, Path path) {
  const std::lock_guard lock(mutex_);
  paths_[from][to] = path;
}

void Network::SetBoth(int one, int other, Path path) {
  Set(one, other, path);
  Set(other, one, path);
}

void Network::Heal() {
  const std::lock_guard lock(mutex_);
  paths_ = {};
}

void Network::Run() {
  std::vector<pollfd> ready;
  for (const Host& host : hosts_) ready.push_back({host.device, POLLIN, 0});
  while (!stop_) {
    const int wait = delayed_.empty() ? kTurnMillis : 1;
    poll(ready.data(), ready.size(), wait);
    for (size_t i = 0; i < ready.size(); ++i) {
      if ((ready[i].revents & POLLIN) != 0) Receive(static_cast<int>(i));
    }
    SendDue();
  }
}

void Network::Receive(int from) {
  constexpr size_t kHeader = 20;
  constexpr size_t kDestination = 16;
  uint8_t bytes[kGreatestPacket];
  for (;;) {
    const ssize_t count = read(hosts_[from].device, bytes, sizeof(bytes));
    if (count < static_cast<ssize_t>(kHeader)) return;
    if (bytes[0] >> 4 != 4) continue;
    const int to = bytes[kDestination + 3] - 1;
    if (to < 0 || to >= static_cast<int>(hosts_.size())) continue;
    Path path;
    {
      const std::lock_guard lock(mutex_);
      path = paths_[from][to];
    }
    if (path.cut || static_cast<int>(random_() % 1000) < path.lost_of_thousand) continue;
    if (path.delay == 0) {
      (void)!write(hosts_[to].device, bytes, static_cast<size_t>(count));
    } else {
      delayed_.emplace(Now() + path.delay, Packet{to, {bytes, bytes + count}});
    }
  }
}

void Network::SendDue() {
  while (!delayed_.empty() && delayed_.begin()->first <= Now()) {
    const Packet& packet = delayed_.begin()->second;
    (void)!write(hosts_[packet.to].device, packet.bytes.data(), packet.bytes.size());
    delayed_.erase(delayed_.begin());
  }
}

}  // namespace sallyport::history
