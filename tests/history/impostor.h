// Impostor: a program that has taken the server's port. It speaks the feed as the server does, but
// knows no agent's key. To an agent that believes it, it gives a lease and a key of its own.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "history.h"

namespace sallyport::history {

class Impostor {
 public:
  // Makes the key that it will claim to be `issuer`'s. It is made once, because that takes a while.
  explicit Impostor(std::string issuer);
  ~Impostor();
  Impostor(const Impostor&) = delete;
  Impostor& operator=(const Impostor&) = delete;

  // False: the port of 127.0.0.1 is not free. `ttl` is that of the leases that it gives.
  bool Listen(uint16_t port, Nanos ttl);
  // Returns once its connections are gone and the port is free.
  void Leave();

  // An access token of its own making, valid for an hour.
  std::string Token(const std::string& client_id) const;

  // The connections that agents made, and those of agents that believed it.
  int64_t tried() const { return tried_; }
  int64_t believed() const { return believed_; }

 private:
  class Listener;
  struct Key;

  const std::string issuer_;
  std::unique_ptr<Key> key_;
  std::unique_ptr<Listener> listener_;
  std::atomic<int64_t> tried_{0}, believed_{0};
};

}  // namespace sallyport::history
