#include "cutting_proxy.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include "server.h"

namespace sallyport::store {
namespace {

// A Bind of the statement that commits a change: an empty portal, then its name.
constexpr std::string_view kCommit("\0commit\0", 8);
constexpr std::string_view kCommitNumbering("\0number-commit\0", 15);
constexpr std::string_view kRead("\0get\0", 5);
// Binds of every statement that is, or ends, a transaction that writes.
constexpr std::array<std::string_view, 5> kWrites{
    kCommit, kCommitNumbering, std::string_view("\0beat\0", 6), std::string_view("\0settle\0", 8),
    std::string_view("\0servers-commit\0", 16)};
constexpr auto kTimeToCommit = std::chrono::milliseconds(200);

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) std::abort();
  std::copy(path.begin(), path.end(), address.sun_path);
  return address;
}

bool Has(std::string_view bytes, std::string_view statement) {
  return bytes.find(statement) != std::string_view::npos;
}

bool Pass(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

}  // namespace

CuttingProxy::CuttingProxy(std::string server) : server_(std::move(server)) {
  listener_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = AddressOf(PostgresServer::SocketIn(directory()));
  if (bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      listen(listener_, 64) != 0) {
    std::abort();
  }
  acceptor_ = std::thread([this] { Accept(); });
}

CuttingProxy::~CuttingProxy() {
  stopping_ = true;
  shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  close(listener_);
  for (std::thread& thread : threads_) thread.join();
}

void CuttingProxy::Accept() {
  while (!stopping_) {
    const int client = accept(listener_, nullptr, nullptr);
    if (client < 0) return;
    const std::lock_guard lock(mutex_);
    threads_.emplace_back([this, client] { Serve(client); });
  }
}

void CuttingProxy::Serve(int client) {
  const int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = AddressOf(server_);
  bool open = connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  std::array<char, 65'536> buffer{};
  bool silent = false;
  while (open && !stopping_) {
    if (silent) {
      std::this_thread::sleep_for(kTimeToCommit);
      continue;
    }
    std::array<pollfd, 2> waited{{{client, POLLIN, 0}, {server, POLLIN, 0}}};
    if (poll(waited.data(), waited.size(), 100) <= 0) continue;
    for (const pollfd& one : waited) {
      if ((one.revents & (POLLIN | POLLHUP)) == 0 || !open) continue;
      const ssize_t size = recv(one.fd, buffer.data(), buffer.size(), 0);
      if (size <= 0) {
        open = false;
        continue;
      }
      const std::string_view bytes(buffer.data(), static_cast<size_t>(size));
      const bool asked = one.fd == client;
      const bool commits = asked && Has(bytes, kCommit);
      const bool writes =
          asked && std::any_of(kWrites.begin(), kWrites.end(),
                               [&](std::string_view statement) { return Has(bytes, statement); });
      if (asked && Has(bytes, kRead)) ++reads_;
      const Cut cut = commits ? cut_.exchange(Cut::kNothing) : Cut::kNothing;
      const bool numbers = asked && Has(bytes, kCommitNumbering);
      silent = cut == Cut::kSilent || (numbers && silences_numbering_.exchange(false)) ||
               (writes && confirms_nothing_);
      if (cut != Cut::kNothing || silent) ++cuts_;
      if (silent) break;
      if (cut == Cut::kBefore) {
        open = false;
        continue;
      }
      open = Pass(one.fd == client ? server : client, bytes);
      if (cut == Cut::kAfter) {
        std::this_thread::sleep_for(kTimeToCommit);
        open = false;
      }
    }
  }
  close(server);
  close(client);
}

}  // namespace sallyport::store
