// LocalService: an HTTP server of real sockets that answers as a test tells it to.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sallyport::inquiry {

class LocalService {
 public:
  struct Answer {
    int status = 200;
    std::string body;
  };
  // Is given the whole request. Called on the thread of its connection.
  using Handler = std::function<Answer(const std::string& request)>;

  explicit LocalService(Handler handler) : handler_(std::move(handler)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(listener_, 64) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      std::abort();
    }
    port_ = ntohs(address.sin_port);
    threads_.emplace_back([this] { Accept(); });
  }
  ~LocalService() {
    Open();
    shutdown(listener_, SHUT_RDWR);
    threads_.front().join();
    for (const int connection : sockets_) shutdown(connection, SHUT_RDWR);
    for (size_t i = 1; i < threads_.size(); ++i) threads_[i].join();
    for (const int connection : sockets_) close(connection);
    close(listener_);
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int connections() const { return connections_; }
  int requests() const { return requests_; }

  // While it is shut, requests arrive and are not answered.
  void Shut() {
    const std::lock_guard lock(mutex_);
    open_ = false;
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }
  void AwaitRequests(int count) const {
    for (int i = 0; requests_ < count && i < 10'000; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

 private:
  void Accept() {
    for (;;) {
      const int connection = accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      ++connections_;
      sockets_.push_back(connection);
      threads_.emplace_back([this, connection] { Serve(connection); });
    }
  }

  void Serve(int connection) {
    std::string received;
    while (const size_t size = Receive(connection, received)) {
      const std::string request = received.substr(0, size);
      received.erase(0, size);
      ++requests_;
      const Answer answer = handler_(request);
      {
        std::unique_lock lock(mutex_);
        opened_.wait(lock, [this] { return open_; });
      }
      const std::string text = "HTTP/1.1 " + std::to_string(answer.status) +
                               " -\r\nContent-Length: " + std::to_string(answer.body.size()) +
                               "\r\n\r\n" + answer.body;
      if (send(connection, text.data(), text.size(), MSG_NOSIGNAL) < 0) return;
    }
  }

  // Reads until `received` begins with a whole request. Gives its size; 0: there is none.
  static size_t Receive(int connection, std::string& received) {
    for (;;) {
      const size_t head = received.find("\r\n\r\n");
      if (head != std::string::npos) {
        const size_t at = received.find("Content-Length: ");
        const size_t body = at < head ? std::strtoul(received.c_str() + at + 16, nullptr, 10) : 0;
        if (received.size() >= head + 4 + body) return head + 4 + body;
      }
      char buffer[4096];
      const ssize_t size = recv(connection, buffer, sizeof(buffer), 0);
      if (size <= 0) return 0;
      received.append(buffer, static_cast<size_t>(size));
    }
  }

  const Handler handler_;
  int listener_ = -1;
  uint16_t port_ = 0;
  std::atomic<int> connections_{0}, requests_{0};
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = true;
  // Written by the accepting thread, and read after its end.
  std::vector<std::thread> threads_ = [] {
    std::vector<std::thread> threads;
    threads.reserve(1024);
    return threads;
  }();
  std::vector<int> sockets_;
};

}  // namespace sallyport::inquiry
