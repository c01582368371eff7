// Release: what the answer of a revoking call waits for. Only a commit can make one. So a call that
// may revoke cannot be answered with success before its commit, neither by mistake nor on purpose.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

namespace sallyport::store {

// The head of the RevocationLog as a commit saw it. Once this position is released, no gate allows
// anything that was revoked up to that commit, by whichever call.
class Release {
 public:
  uint64_t sequence() const { return sequence_; }
  // The later of the two, which includes the other.
  static Release Later(Release a, Release b) { return a.sequence_ < b.sequence_ ? b : a; }

 private:
  friend class MakesReleases;
  explicit Release(uint64_t sequence) : sequence_(sequence) {}

  uint64_t sequence_;
};

// The base of a backend's class that commits.
class MakesReleases {
 protected:
  // `head` is the log's head, as a commit of the derived class saw it.
  static Release ReleaseOf(uint64_t head) { return Release(head); }
};

// What an answer waits for: a Release, or nothing where the code of the call states explicitly that
// it revoked nothing.
class Wait {
 public:
  Wait(Release release) : release_(release) {}
  // For a call that cannot revoke, or whose commit says that it did not. It must not be used
  // because nothing was left to revoke: what had been revoked before may not have reached the gates
  // yet.
  static Wait NothingRevoked() { return {}; }

  const std::optional<Release>& release() const { return release_; }

 private:
  Wait() = default;

  std::optional<Release> release_;
};

}  // namespace sallyport::store
