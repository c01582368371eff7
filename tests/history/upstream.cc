#include "upstream.h"

#include <openssl/sha.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <string_view>

#include "base/encoding.h"
#include "base/text.h"
#include "http_client.h"
#include "net.h"

namespace sallyport::history {
namespace {

constexpr Nanos kFramePeriod = 20 * kMillisecond;
constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 7\r\n\r\nserved\n";

// The value of a header, whose name some proxies write in small letters, or "".
std::string_view Value(std::string_view head, std::string_view line_begin) {
  const auto* const at =
      std::search(head.begin(), head.end(), line_begin.begin(), line_begin.end(),
                  [](char a, char b) { return base::LowerCase(a) == base::LowerCase(b); });
  if (at == head.end()) return {};
  const size_t from = static_cast<size_t>(at - head.begin()) + line_begin.size();
  return head.substr(from, head.find("\r\n", from) - from);
}

uint64_t ToNumber(std::string_view text) {
  uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// RFC 6455 section 4.2.2.
std::string SwitchingProtocols(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Accept: " +
         base::Base64Encode(digest) + "\r\n\r\n";
}

}  // namespace

Upstream::Upstream() {
  listener_ = Listen(&port_);
  poller_ = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = listener_;
  epoll_ctl(poller_, EPOLL_CTL_ADD, listener_, &event);
  thread_ = std::thread([this] { Run(); });
}

Upstream::~Upstream() {
  stop_ = true;
  thread_.join();
  for (const auto& [fd, peer] : peers_) close(fd);
  close(poller_);
  close(listener_);
}

Nanos Upstream::Reached(uint64_t number) const {
  const std::lock_guard lock(mutex_);
  const auto found = reached_.find(number);
  return found == reached_.end() ? 0 : found->second;
}

void Upstream::Run() {
  Nanos next_frames = Now();
  while (!stop_) {
    epoll_event events[64];
    const int count = epoll_wait(poller_, events, 64, 10);
    for (int i = 0; i < count; ++i) {
      const int fd = events[i].data.fd;
      if (fd == listener_) {
        Accept();
      } else if (const auto peer = peers_.find(fd);
                 peer != peers_.end() && !Read(fd, peer->second)) {
        close(fd);
        peers_.erase(peer);
      }
    }
    if (Now() >= next_frames) {
      SendFrames();
      next_frames = Now() + kFramePeriod;
    }
  }
}

void Upstream::Accept() {
  const int fd = history::Accept(listener_);
  if (fd < 0) return;
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = fd;
  epoll_ctl(poller_, EPOLL_CTL_ADD, fd, &event);
  peers_[fd];
}

bool Upstream::Read(int fd, Peer& peer) {
  char bytes[16 * 1024];
  const ssize_t count = recv(fd, bytes, sizeof(bytes), 0);
  if (count < 0) return errno == EAGAIN;
  if (count == 0) return false;
  if (peer.streaming) return true;
  peer.in.append(bytes, static_cast<size_t>(count));
  return AnswerAll(fd, peer);
}

bool Upstream::AnswerAll(int fd, Peer& peer) {
  for (;;) {
    const size_t end = peer.in.find("\r\n\r\n");
    if (end == std::string::npos) return true;
    const std::string_view head = std::string_view(peer.in).substr(0, end + 2);
    const size_t total = end + 4 + ToNumber(Value(head, "\r\nContent-Length: "));
    if (peer.in.size() < total) return true;
    {
      const std::lock_guard lock(mutex_);
      reached_.emplace(ToNumber(Value(head, "\r\nX-Request: ")), Now());
    }
    std::string answer(kAnswer);
    const std::string_view key = Value(head, "\r\nSec-WebSocket-Key: ");
    if (!key.empty()) {
      answer = SwitchingProtocols(key);
      peer.streaming = true;
    }
    peer.in.erase(0, total);
    if (send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return false;
    if (peer.streaming) return true;
  }
}

void Upstream::SendFrames() {
  constexpr std::string_view kFrame("\x81\x04tick", 6);
  for (const auto& [fd, peer] : peers_) {
    // A peer that does not read loses frames; the next Read finds out that a peer has gone.
    if (peer.streaming && send(fd, kFrame.data(), kFrame.size(), MSG_NOSIGNAL) < 0) continue;
  }
}

}  // namespace sallyport::history
