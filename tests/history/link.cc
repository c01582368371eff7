#include "link.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>

#include "http_client.h"
#include "net.h"

namespace sallyport::history {
namespace {

constexpr int kTurnMillis = 2;

// Closes with a reset, which to both ends looks like a broken network.
void Reset(int fd) {
  const linger now{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
  close(fd);
}

}  // namespace

Link::Link(uint16_t target) : target_(target), listener_(Listen(&port_)) {
  thread_ = std::thread([this] { Run(); });
}

Link::~Link() {
  stop_ = true;
  thread_.join();
  for (size_t i = 0; i < pipes_.size(); i += 2) CloseBoth(pipes_[i]);
  close(listener_);
}

void Link::Set(LinkState state) {
  state_ = state;
  const uint64_t before = turns_;
  while (turns_ < before + 2) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

void Link::Run() {
  while (!stop_) {
    std::vector<pollfd> ready{{listener_, POLLIN, 0}};
    for (const Pipe& pipe : pipes_) ready.push_back({pipe.from, POLLIN, 0});
    // Chunks may become due at any time, so it looks again after a short time instead of using a
    // timer.
    poll(ready.data(), state_ == LinkState::kOpen ? ready.size() : 1, kTurnMillis);
    if (state_ == LinkState::kCut) {
      for (size_t i = 0; i < pipes_.size(); i += 2) CloseBoth(pipes_[i]);
      pipes_.clear();
    }
    if (state_ == LinkState::kOpen) {
      for (Pipe& pipe : pipes_) Pump(pipe);
    }
    if ((ready[0].revents & POLLIN) != 0) Accept();
    std::vector<Pipe> alive;
    for (size_t i = 0; i + 1 < pipes_.size(); i += 2) {
      if (pipes_[i].from < 0 || pipes_[i + 1].from < 0) continue;
      alive.push_back(std::move(pipes_[i]));
      alive.push_back(std::move(pipes_[i + 1]));
    }
    pipes_ = std::move(alive);
    ++turns_;
  }
}

void Link::Accept() {
  const int client = history::Accept(listener_);
  if (client < 0) return;
  if (state_ == LinkState::kCut) {
    Reset(client);
    return;
  }
  const int server = ConnectTo(target_);
  pipes_.push_back({client, server, {}});
  pipes_.push_back({server, client, {}});
}

void Link::Pump(Pipe& pipe) {
  if (pipe.from < 0) return;
  char bytes[64 * 1024];
  const ssize_t count = recv(pipe.from, bytes, sizeof(bytes), 0);
  const bool pending = count < 0 && (errno == EAGAIN || errno == ENOTCONN || errno == EINPROGRESS);
  if (count > 0) pipe.waiting.push_back({Now() + delay_, {bytes, bytes + count}});
  bool over = count == 0 || (count < 0 && !pending);
  while (!over && !pipe.waiting.empty() && pipe.waiting.front().due <= Now()) {
    std::vector<char>& chunk = pipe.waiting.front().bytes;
    const ssize_t sent = send(pipe.to, chunk.data(), chunk.size(), MSG_NOSIGNAL);
    if (sent < 0) {
      over = errno != EAGAIN && errno != ENOTCONN && errno != EINPROGRESS;
      break;
    }
    chunk.erase(chunk.begin(), chunk.begin() + sent);
    if (chunk.empty()) pipe.waiting.erase(pipe.waiting.begin());
  }
  if (over) CloseBoth(pipe);
}

void Link::CloseBoth(Pipe& pipe) {
  if (pipe.from < 0) return;
  const int from = pipe.from;
  const int to = pipe.to;
  for (Pipe& other : pipes_) {
    if (other.from == from || other.from == to) other.from = -1;
  }
  Reset(from);
  Reset(to);
}

}  // namespace sallyport::history
