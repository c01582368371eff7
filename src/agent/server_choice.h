// ServerChoice: which of several servers an Agent prefers. Plain state, without sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "channel/enrolment.h"

namespace sallyport::agent {

class ServerChoice {
 public:
  // `name` is the Agent's. With one address it is that; of several, each Agent has an order of its
  // own, which depends on nothing but the names: so Agents are spread evenly over the servers, and
  // come back to where they were.
  void Set(std::string_view name, std::vector<channel::Address> servers);

  // The server to try at the `attempt`-th attempt of a link, beginning with the preferred one;
  // nullopt: there is none but `taken`.
  std::optional<channel::Address> At(uint64_t attempt,
                                     const std::optional<channel::Address>& taken) const;
  // Whether the Agent prefers `one` to `other`.
  bool Prefers(const channel::Address& one, const channel::Address& other) const;
  const std::vector<channel::Address>& order() const { return order_; }

 private:
  size_t RankOf(const channel::Address& server) const;

  std::vector<channel::Address> order_;
};

}  // namespace sallyport::agent
