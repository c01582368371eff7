#include "agent/server_choice.h"

#include <algorithm>
#include <utility>

namespace sallyport::agent {
namespace {

// FNV-1a, with a last step that spreads (the finaliser of MurmurHash3). No secret: it only has to
// be the same everywhere.
uint64_t HashOf(std::string_view name, const std::string& server) {
  uint64_t hash = 14695981039346656037ULL;
  const auto mix = [&hash](std::string_view text) {
    for (const char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 1099511628211ULL;
  };
  mix(name);
  mix(" ");
  mix(server);
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccdULL;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53ULL;
  return hash ^ (hash >> 33);
}

}  // namespace

void ServerChoice::Set(std::string_view name, std::vector<channel::Address> servers) {
  std::vector<std::pair<uint64_t, channel::Address>> ranked;
  for (channel::Address& server : servers) {
    const uint64_t hash = HashOf(name, channel::Show(server));
    const bool again = std::any_of(ranked.begin(), ranked.end(),
                                   [&](const auto& one) { return one.second == server; });
    if (!again) ranked.emplace_back(hash, std::move(server));
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  order_.clear();
  for (auto& [hash, server] : ranked) order_.push_back(std::move(server));
}

std::optional<channel::Address> ServerChoice::At(
    uint64_t attempt, const std::optional<channel::Address>& taken) const {
  std::vector<channel::Address> free = order_;
  if (taken) std::erase(free, *taken);
  if (free.empty()) return std::nullopt;
  return free[attempt % free.size()];
}

size_t ServerChoice::RankOf(const channel::Address& server) const {
  return static_cast<size_t>(std::find(order_.begin(), order_.end(), server) - order_.begin());
}

bool ServerChoice::Prefers(const channel::Address& one, const channel::Address& other) const {
  return RankOf(one) < RankOf(other);
}

}  // namespace sallyport::agent
